/** How far learned advice can be trusted for a project: every figure from what is held of its past. */
import { completionOf } from './completion.ts'
import { isRead } from './history.ts'
import { clamp, halfEven } from './numbers.ts'
import type { History, Sprint, Upstream } from './ports.ts'
import type { Memory } from './store-ports.ts'
import { chroniclePart } from './words.ts'

/** What makes a full score, and how much each part weighs. */
const ENOUGH = {
  /** Sprints that make a trend as sure as it gets. */
  sprints: { at: 10, weight: 0.4 },
  similar: { at: 3, weight: 0.2 },
  /** Retrospectives for each sprint. */
  retrospectives: { at: 1, weight: 0.2 },
  /** Daily scrums for each sprint: a working week's. */
  scrums: { at: 5, weight: 0.2 },
} as const

export function createQuality({ upstream, memory }: { readonly upstream: Upstream; readonly memory: Memory }) {
  /** Throws `not_found`, or `upstream_unavailable` when Chronicle or the sprint service is away. */
  return async function quality(project: string) {
    const [details, history, sprints, episodes] = await Promise.allSettled([
      upstream.project(project),
      upstream.history(project),
      upstream.sprints(project),
      memory.ofProject(project),
    ])
    if (details.status === 'rejected') throw details.reason
    if (history.status === 'rejected') throw history.reason
    if (sprints.status === 'rejected') throw sprints.reason
    if (episodes.status === 'rejected') throw episodes.reason
    return reportOf(project, history.value, closedBy(sprints.value, history.value), episodes.value)
  }
}

type Episodes = Parameters<typeof completionOf>[1]

function reportOf(project: string, history: History, sprints: readonly Sprint[], episodes: Episodes) {
  const { points, average } = history.velocity
  const count = points.length
  const score = scoreOf(history)
  return {
    project_id: project,
    data_quality_report: {
      data_available: count > 0 || history.retrospectives > 0 || history.daily_scrums > 0,
      historical_sprints: isRead(history, 'velocity') ? count : null,
      avg_completion_rate: completionOf(sprints, episodes).rate,
      common_team_velocity: count === 0 ? null : halfEven(average, 2),
      data_quality_score: score,
      observation_note: noteOf(history),
    },
    recommendations: recommendationsFor(history),
    warnings: (history.unread ?? []).map(chroniclePart),
  }
}

/** 0–1: each kind of data as far as it is enough, by its weight. */
export function scoreOf({ velocity, similar, retrospectives, daily_scrums }: History): number {
  const sprints = velocity.points.length
  const each = (count: number) => (sprints === 0 ? 0 : count / sprints)
  const part = (value: number, { at, weight }: { readonly at: number; readonly weight: number }) =>
    clamp(value / at, 0, 1) * weight
  return halfEven(
    part(sprints, ENOUGH.sprints) +
      part(similar.length, ENOUGH.similar) +
      part(each(retrospectives), ENOUGH.retrospectives) +
      part(each(daily_scrums), ENOUGH.scrums),
    2,
  )
}

/** The closed sprints that Chronicle holds. */
function closedBy(sprints: readonly Sprint[], { velocity }: History): readonly Sprint[] {
  const held = new Set(velocity.points.map(({ sprint_id }) => sprint_id))
  return sprints.filter(({ sprint_id }) => held.has(sprint_id))
}

/** What was read, and nothing of what was not. */
function noteOf(history: History): string {
  const { velocity, similar, retrospectives, daily_scrums } = history
  const held = [
    isRead(history, 'velocity') && `${velocity.points.length} sprint(s)`,
    isRead(history, 'retrospectives') && `${retrospectives} retrospective(s)`,
    isRead(history, 'patterns', 'scrums') && `${daily_scrums} daily scrum(s)`,
    isRead(history, 'similar') && `${similar.length} similar project(s)`,
  ].filter((part) => part !== false)
  const list = [held.slice(0, -1).join(', '), ...held.slice(-1)].filter((part) => part !== '')
  return `${list.join(' and ')} are on record.`
}

/** What is counted from a part that could not be read is no ground for advice. */
function recommendationsFor(history: History): string[] {
  const { velocity, similar, retrospectives, daily_scrums } = history
  const sprints = velocity.points.length
  const lacking = ENOUGH.sprints.at - sprints
  return [
    isRead(history, 'velocity') &&
      lacking > 0 &&
      `Complete ${lacking} more sprint(s): a trend is fully trusted from ${ENOUGH.sprints.at} on.`,
    isRead(history, 'similar') &&
      similar.length < ENOUGH.similar.at &&
      `Only ${similar.length} similar project(s): task counts are adjusted from ${ENOUGH.similar.at} on.`,
    isRead(history, 'retrospectives') &&
      retrospectives < sprints &&
      `${sprints - retrospectives} sprint(s) have no retrospective: hold one at each end.`,
    isRead(history, 'patterns', 'scrums') &&
      daily_scrums < sprints * ENOUGH.scrums.at &&
      `${daily_scrums} daily scrum(s) for ${sprints} sprint(s): check that the CronJobs fire.`,
  ].filter((line) => line !== false)
}

/** Where a project stands: its sprint, backlog, CronJobs, trends and risks, each figure from what was read just now. */
import { type Clock, type Instant, type Sleep, toTimestamp } from '#lib/clock'
import { clusterAnswer, needed, optional, READ_MS } from './analysis.ts'
import { workloadOf } from './assemble.ts'
import { completionOf } from './completion.ts'
import { deadline } from './deadline.ts'
import { isOverdue } from './engine.ts'
import { isRead } from './history.ts'
import { withHolder } from './holder.ts'
import type { CronJobView } from './model.ts'
import { halfEven } from './numbers.ts'
import type { CronJobs, History, LiveCronJob, Upstream } from './ports.ts'
import { outlookOf } from './risks.ts'
import { nextRun } from './schedule.ts'
import type { Known, Memory, ProjectStore } from './store-ports.ts'
import { specOf, timingFor, viewOf } from './timing.ts'
import { paceOf } from './velocity.ts'
import { chronicleAway, chroniclePart, noCronJob } from './words.ts'

export interface StatusPorts {
  readonly store: ProjectStore
  readonly memory: Memory
  readonly upstream: Upstream
  readonly cronJobs: CronJobs
  readonly clock: Clock
  readonly alarm: Sleep
}

export function createStatus(ports: StatusPorts) {
  const { upstream, cronJobs, clock } = ports

  /** Throws `not_found`, or `upstream_unavailable` naming the service that is away; Chronicle may be. */
  return async function status(project: string) {
    const now = clock.now()
    const seen = await look(project)
    const sprint = seen.sprints.find((one) => one.status === 'in_progress') ?? null
    const lives = await all(project, seen.lives, sprint?.sprint_id)
    const { rate } = completionOf(seen.sprints, seen.episodes)
    const pace = seen.history && paceOf(seen.history.velocity)
    const workload = workloadOf(seen.team, seen.tasks)
    const overdue = sprint !== null && isOverdue(sprint, now)
    const { total_tasks, unassigned, in_progress, completed } = seen.backlog
    return {
      project_id: project,
      last_analysis: seen.known.state.last_at === null ? null : toTimestamp(seen.known.state.last_at),
      current_sprint: sprint?.sprint_id ?? null,
      sprint_status: sprint?.status ?? null,
      backlog_status: { total_tasks, unassigned, in_progress, completed },
      cronjobs: lives.map((live) => cronJobStatus(project, live, seen.known, now)),
      historical_trends: {
        velocity_trend: pace?.trend ?? 'unknown',
        average_velocity: averageOf(seen.history),
        completion_rate: rate,
        sprints: seen.sprints.length,
      },
      predictive_insights: outlookOf({ history: seen.history, workload, completionRate: rate, overdue }),
      warnings: [
        ...(seen.history === null ? [chronicleAway] : (seen.history.unread ?? []).map(chroniclePart)),
        ...(sprint === null || hasCronJob(lives, sprint.sprint_id) ? [] : [noCronJob(sprint.sprint_id)]),
      ],
    }
  }

  /** With the sprint's own whose label was removed: it lives, and fires. */
  async function all(project: string, lives: readonly LiveCronJob[], sprint: string | undefined) {
    const found = deadline(ports.alarm, READ_MS)('cluster', withHolder(cronJobs, lives, project, sprint))
    const [answer] = await Promise.allSettled([found])
    return clusterAnswer(answer)
  }

  async function look(project: string) {
    const within = deadline(ports.alarm, READ_MS)
    const [details, team, backlog, sprints, tasks, lives, history, known, episodes] = await Promise.allSettled([
      within('project', upstream.project(project)),
      within('project', upstream.team(project)),
      within('backlog', upstream.backlog(project)),
      within('sprint', upstream.sprints(project)),
      within('backlog', upstream.tasks(project)),
      within('cluster', cronJobs.ofProject(project)),
      within('chronicle', upstream.history(project)),
      ports.store.load(project),
      ports.memory.ofProject(project),
    ])
    return {
      details: needed(details),
      team: needed(team),
      backlog: needed(backlog),
      sprints: needed(sprints),
      tasks: needed(tasks),
      lives: clusterAnswer(lives),
      history: optional(history),
      known: needed(known),
      episodes: needed(episodes),
    }
  }
}

function hasCronJob(lives: readonly LiveCronJob[], sprint: string): boolean {
  return lives.some((live) => live.sprint === sprint)
}

function averageOf(history: History | null): number | null {
  return history === null || !isRead(history, 'velocity') ? null : halfEven(history.velocity.average, 2)
}

function cronJobStatus(project: string, live: LiveCronJob, known: Known, now: Instant) {
  const timing = timingFor({ ...known, sprint: live.sprint })
  const { settings, state } = known
  const spec = specOf(project, live.sprint, timing)
  const view = viewOf(live, {
    spec,
    ignore: settings.ignore_drift,
    touchedAt: state.touched_at,
    fought: state.fought,
    now,
  })
  const next = view.suspended || view.terminating ? null : nextRun(live.schedule, live.time_zone, now)
  return {
    name: view.name,
    sprint_id: view.sprint,
    schedule: view.schedule,
    status: stateOf(view),
    last_schedule_time: view.last_schedule_at === null ? null : toTimestamp(view.last_schedule_at),
    next_run_time: next === null ? null : toTimestamp(next),
    drift: view.drift,
    missed_runs: view.missed_runs,
  }
}

function stateOf({ suspended, drift, missed_runs, terminating, owner, fought }: CronJobView): string {
  if (owner !== 'us') return owner
  if (terminating) return 'terminating'
  if (fought) return 'fought_over'
  if (suspended) return 'suspended'
  if (missed_runs > 0) return 'not_firing'
  return drift.length > 0 ? 'drifted' : 'active'
}

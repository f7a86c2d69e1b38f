/**
 * Learning: similar sprints that went well become a strategy; its confidence rises with each success and falls with each
 * failure of a sprint that followed it. Pure, and the same however often it runs on the same episodes.
 *
 * Sprints are similar when their teams and their backlogs are of the same size class.
 */
import type { Instant } from '#lib/clock'
import { differences } from './diff.ts'
import type { Episode, Strategy } from './model.ts'
import { clamp, halfEven, mean, tidy } from './numbers.ts'

/** A sprint that completed this share of its tasks went well. */
const SUCCESS = 0.85
const FEWEST_SUCCESSES = 3
const RISE = 0.05
const FALL = 0.15
const RETIRED_BELOW = { confidence: 0.3, success_rate: 0.4 } as const

/** Upper ends of the size classes; the last one is open. */
const TEAMS = [3, 6, 9] as const
const BACKLOGS = [10, 25, 50] as const
const OPEN_END = 1_000_000

interface Settled extends Episode {
  readonly outcome: number
}

interface Kind {
  readonly team: readonly [number, number]
  readonly backlog: readonly [number, number]
}

/** The strategies that changed or are new. */
export function learn(episodes: readonly Episode[], known: readonly Strategy[], now: Instant): readonly Strategy[] {
  const settled = episodes.filter((one): one is Settled => one.outcome !== null)
  const kinds = Map.groupBy(settled, (one) => idOf(kindOf(one)))
  return [...kinds].flatMap(([id, all]) => {
    const [first] = all
    const before = known.find(({ strategy_id }) => strategy_id === id)
    const after = first && strategyFrom({ id, kind: kindOf(first), all, before, now })
    return after === undefined || (before !== undefined && isSame(before, after)) ? [] : [after]
  })
}

interface Lesson {
  readonly id: string
  readonly kind: Kind
  readonly all: readonly Settled[]
  readonly before: Strategy | undefined
  readonly now: Instant
}

function strategyFrom({ id, kind, all, before, now }: Lesson): Strategy | undefined {
  // What a retired strategy was made from does not speak for a new one.
  const since = before?.retired_at ?? null
  const counted = since === null ? all : all.filter(({ settled_at }) => (settled_at ?? 0) > since)
  const followed = counted.filter(({ strategies }) => strategies.includes(id))
  const others = counted.filter(({ strategies }) => !strategies.includes(id))
  const founders = others.filter(wentWell)
  const lives = before !== undefined && since === null
  if (!lives && founders.length < FEWEST_SUCCESSES) return undefined

  const good = followed.filter(wentWell).length
  const figures = {
    confidence: confidenceOf(founders, others.length, good, followed.length - good),
    performance: {
      times_applied: followed.length,
      success_rate: halfEven((founders.length + good) / Math.max(counted.length, 1), 4),
    },
  }
  const isBad =
    figures.confidence < RETIRED_BELOW.confidence || figures.performance.success_rate < RETIRED_BELOW.success_rate
  if (isBad && !lives) return undefined
  return {
    strategy_id: id,
    ...wordsFor(kind),
    ...figures,
    applicability: { team_size: [...kind.team], unassigned_tasks: [...kind.backlog] },
    recommendation: recommendationFrom([...founders, ...followed.filter(wentWell)], before),
    evidence: counted.length,
    created_at: before?.created_at ?? now,
    last_updated: now,
    retired_at: isBad ? now : null,
    version: (before?.version ?? 0) + 1,
  }
}

/** How well the founders went, times how often sprints of this kind did; then up and down with what followed. */
function confidenceOf(founders: readonly Settled[], tried: number, good: number, bad: number): number {
  const founded = tried === 0 ? 0 : mean(founders.map(({ outcome }) => outcome)) * (founders.length / tried)
  return halfEven(tidy(clamp(founded + RISE * good - FALL * bad, 0, 1)), 4)
}

function recommendationFrom(good: readonly Settled[], before: Strategy | undefined): Strategy['recommendation'] {
  if (good.length === 0 && before !== undefined) return before.recommendation
  return {
    tasks_per_sprint: halfEven(mean(good.map(({ tasks }) => tasks))),
    sprint_duration_weeks: halfEven(mean(good.map(({ weeks }) => weeks))),
  }
}

const wentWell = ({ outcome }: Settled): boolean => outcome >= SUCCESS

function kindOf({ team_size, unassigned_tasks }: Episode): Kind {
  return { team: classOf(team_size, TEAMS), backlog: classOf(unassigned_tasks, BACKLOGS) }
}

function classOf(value: number, ends: readonly number[]): readonly [number, number] {
  const high = ends.find((end) => value <= end)
  const below = ends.filter((end) => end < value).at(-1)
  return [below === undefined ? 0 : below + 1, high ?? OPEN_END]
}

const idOf = ({ team, backlog }: Kind): string => `team-${team[0]}-backlog-${backlog[0]}`

function wordsFor({ team, backlog }: Kind): Pick<Strategy, 'name' | 'description'> {
  const span = ([low, high]: readonly [number, number]) => (high === OPEN_END ? `${low} or more` : `${low}–${high}`)
  return {
    name: `Sprints of teams of ${span(team)} with ${span(backlog)} unassigned tasks`,
    description: `Learned from closed sprints of teams of ${span(team)} people whose backlog held ${span(backlog)} unassigned tasks.`,
  }
}

/** Nothing new but the time and the version. */
function isSame(a: Strategy, b: Strategy): boolean {
  const { version, last_updated } = a
  return differences(a, { ...b, version, last_updated }).length === 0
}

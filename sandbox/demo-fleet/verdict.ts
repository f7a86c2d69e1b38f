/** What must hold after the run, judged on what was recorded. Pure. */
import { type Instant, toTimestamp } from '#lib/clock'
import { completions, type Lease, type Story } from './history.ts'
import { filesOverlap, type Issue, type Scenario } from './scenario.ts'

export interface Claim {
  readonly claim: string
  /** Empty when it holds. */
  readonly violations: readonly string[]
}

/** How an issue and its pull request ended on GitHub. */
export interface Ending {
  readonly number: number
  readonly closed: boolean
  /** Its commits that are not the merge. */
  readonly commits: number
  readonly merged: boolean
  /** The main branch holds what the issue asked for. */
  readonly written: boolean
}

export interface Recorded {
  readonly scenario: Scenario
  readonly stories: ReadonlyMap<number, Story>
  /** When the maintainer set out to merge an issue's pull request: none was closed before. */
  readonly merging: ReadonlyMap<number, Instant>
  readonly killed: { readonly worker: string; readonly number: number; readonly at: Instant } | null
  readonly endings: readonly Ending[]
}

export function judge(record: Recorded): readonly Claim[] {
  const { scenario } = record
  const each = (claim: string, problem: (issue: Issue) => string | undefined): Claim => ({
    claim,
    violations: scenario.issues.flatMap((issue) => {
      const found = problem(issue)
      return found === undefined ? [] : [`#${issue.number}: ${found}`]
    }),
  })
  return [
    each('every issue was completed once, and once more for each time it was sent back', (issue) => {
      const story = record.stories.get(issue.number)
      const [done, wanted] = [story ? completions(story).length : 0, 1 + (story?.sentBack.length ?? 0)]
      return done === wanted && story?.leases.at(-1)?.end === 'completed' ? undefined : `${done} times, not ${wanted}`
    }),
    each('every issue is merged and closed, and the main branch has what it asked for', (issue) => {
      const ending = record.endings.find(({ number }) => number === issue.number)
      const { merged = false, closed = false, written = false } = ending ?? {}
      return merged && closed && written ? undefined : `merged ${merged}, closed ${closed}, written ${written}`
    }),
    { claim: 'no issue was leased twice at once, nor two whose files overlap', violations: overlaps(record) },
    each('no issue was leased before all that it depends on was closed', (issue) => tooEarly(record, issue)),
    { claim: 'what the killed worker had in hand came back, and another did it', violations: afterTheKill(record) },
    { claim: 'what was sent back came back on the same pull request', violations: afterTheReview(record) },
  ]
}

interface Held {
  readonly issue: Issue
  readonly lease: Lease
}

function overlaps({ scenario, stories }: Recorded): readonly string[] {
  const all: readonly Held[] = scenario.issues.flatMap((issue) =>
    (stories.get(issue.number)?.leases ?? []).map((lease) => ({ issue, lease })),
  )
  return all.flatMap((one, at) =>
    all
      .slice(at + 1)
      .filter((other) => filesOverlap(one.issue.files, other.issue.files) && atOnce(one.lease, other.lease))
      .map((other) => `${nameOf(one)} and ${nameOf(other)} at once`),
  )
}

function atOnce(a: Lease, b: Lease): boolean {
  return a.places[0] < b.places[1] && b.places[0] < a.places[1]
}

function nameOf({ issue, lease }: Held): string {
  return `#${issue.number} by ${lease.worker}`
}

function tooEarly({ stories, merging }: Recorded, { number, dependsOn }: Issue): string | undefined {
  const first = stories.get(number)?.leases[0]
  if (first === undefined) return undefined
  const early = dependsOn.find((other) => (merging.get(other) ?? Number.POSITIVE_INFINITY) > first.from)
  return early === undefined ? undefined : `leased at ${toTimestamp(first.from)}, when #${early} was open`
}

function afterTheKill({ stories, killed }: Recorded): readonly string[] {
  if (killed === null) return ['no worker was killed']
  const { worker, number, at } = killed
  const leases = stories.get(number)?.leases ?? []
  const lost = leases.findIndex((lease) => lease.worker === worker && lease.from <= at && lease.to > at)
  const later = [...stories.values()].flatMap((story) =>
    story.leases.filter((lease) => lease.worker === worker && lease.from > at),
  )
  const next = leases[lost + 1]
  return [
    ...(lost < 0 ? [`${worker} did not hold #${number} when it was killed`] : []),
    ...(lost >= 0 && leases[lost]?.end !== 'expired' ? [`its lease was ${leases[lost]?.end}`] : []),
    ...(next === undefined || next.worker === worker ? [`nobody else took #${number}`] : []),
    ...(later.length > 0 ? [`${worker} was given ${later.length} more leases`] : []),
  ]
}

function afterTheReview({ scenario: { sendBack }, stories, endings }: Recorded): readonly string[] {
  const story = stories.get(sendBack.number)
  const commits = endings.find(({ number }) => number === sendBack.number)?.commits ?? 0
  const rounds = story ? completions(story) : []
  return [
    ...(rounds.length === 2 ? [] : [`#${sendBack.number} has ${rounds.length} rounds, not 2`]),
    ...(commits === 2 ? [] : [`its pull request has ${commits} commits, not 2`]),
  ]
}

/** The demo's lines: the live view, the events, the table at the end. Pure. */
import type { Instant } from '#lib/clock'
import type { Doing } from './fleet.ts'
import { completions, type Happening, type Story } from './history.ts'
import { numberIn, type Waiting } from './look.ts'
import type { Gate } from './maintainer.ts'
import type { Issue, Scenario } from './scenario.ts'
import type { Claim } from './verdict.ts'

/** What the live view shows of one moment. */
export interface Moment {
  readonly title: string
  readonly elapsedMs: number
  readonly workers: readonly Doing[]
  readonly waiting: readonly Waiting[]
  readonly gate: Gate | undefined
  readonly stories: ReadonlyMap<number, Story>
  readonly events: readonly string[]
}

/** Issues that wait, and events, that the live view has room for. */
const WAITING_SHOWN = 8
const EVENTS_SHOWN = 8
/** Violations of one claim that are listed. */
const LISTED = 5

export function momentLines({ title, elapsedMs, workers, waiting, gate, stories, events }: Moment): readonly string[] {
  const all = [...stories.values()]
  const held = all.filter(({ leases }) => leases.at(-1)?.end === 'held').length
  const merged = all.filter(({ mergedAt }) => mergedAt !== null).length
  const shown = waiting.filter(isWaiting)
  const more = shown.length - WAITING_SHOWN
  return [
    `${title}   ${secondsOf(elapsedMs)}`,
    '',
    ...workers.map(
      ({ id, issue, what, done }) =>
        `  ${id}  ${issue === null ? '   ' : tag(issue)}  ${what.padEnd(40)}  ${done} done`,
    ),
    '',
    `  queue  ${waiting.length} pending, ${held} in progress, ${merged} of ${all.length} merged`,
    `  gate   ${gateWords(gate)}`,
    '',
    ...shown
      .slice(0, WAITING_SHOWN)
      .map((each) => `  ${tag(each.number)}  ${each.priority.padEnd(8)}  ${waitWords(each)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    '',
    ...events.slice(-EVENTS_SHOWN).map((line) => `  ${line}`),
  ]
}

export function isWaiting({ dependsOn, heldBy }: Waiting): boolean {
  return dependsOn.length + heldBy.length > 0
}

/** `waits for #8, #12; files held by #10`. */
export function waitWords({ dependsOn, heldBy }: Pick<Waiting, 'dependsOn' | 'heldBy'>): string {
  return [
    ...(dependsOn.length > 0 ? [`waits for ${dependsOn.map(hash).join(', ')}`] : []),
    ...(heldBy.length > 0 ? [`files held by ${heldBy.map(hash).join(', ')}`] : []),
  ].join('; ')
}

function gateWords(gate: Gate | undefined): string {
  if (gate === undefined) return 'open'
  return `${gate.closed ? 'closed' : 'open'}: ${gate.pending} of ${gate.limit} pull requests await review`
}

/** A line for what Coxswain told; undefined when it is not worth one. `story` is the issue's up to now. */
export function eventLine({ event_type, issue_number, worker_id, pr_url }: Happening, story: Story | undefined) {
  const issue = hash(issue_number)
  switch (event_type) {
    case 'WORK_LEASED':
      return `${worker_id}    leases ${issue}${(story?.sentBack.length ?? 0) > 0 ? ', rework' : ''}`
    case 'WORK_COMPLETED':
      return `${worker_id}    completed ${issue}, pull request ${hash(numberIn(pr_url ?? ''))}`
    case 'WORK_LEASE_EXPIRED':
      return `queue       the lease of ${issue} ran out, ${worker_id} is lost; it waits again`
    case 'WORK_FAILED':
    case 'WORK_EXHAUSTED':
      return `${worker_id}    failed ${issue}`
    default:
      return undefined
  }
}

/** What each issue waited for, gathered while it did. */
export type Waited = ReadonlyMap<number, Pick<Waiting, 'dependsOn' | 'heldBy'>>

export function tableLines(scenario: Scenario, stories: ReadonlyMap<number, Story>, waited: Waited): readonly string[] {
  const order = [...stories.values()]
    .filter(({ mergedAt }) => mergedAt !== null)
    .sort((a, b) => (a.mergedAt ?? 0) - (b.mergedAt ?? 0))
    .map(({ number }) => number)
  const rows = scenario.issues.map((issue) => rowOf(issue, stories.get(issue.number), { order, waited }))
  const head = ['issue', 'priority', 'title', 'waited for', 'workers', 'sent back', 'pull', 'merged', 'seconds']
  return columns([head, ...rows])
}

function rowOf(
  { number, priority, title }: Issue,
  story: Story | undefined,
  { order, waited }: { order: readonly number[]; waited: Waited },
): readonly string[] {
  const place = order.indexOf(number) + 1
  const workers = (story?.leases ?? []).map(({ worker, end }) => (end === 'completed' ? worker : `${worker} ✗ ${end}`))
  return [
    hash(number),
    priority,
    title,
    waitedWords(waited.get(number)),
    workers.join(', '),
    story && story.sentBack.length > 0 ? `yes, ${completions(story).length} rounds` : '',
    story?.pullUrl ? hash(numberIn(story.pullUrl)) : '',
    place > 0 ? String(place) : 'not',
    story ? lifetime(story.queuedAt, story.mergedAt) : '',
  ]
}

function waitedWords(waited: Pick<Waiting, 'dependsOn' | 'heldBy'> | undefined): string {
  if (waited === undefined) return ''
  const { dependsOn, heldBy } = waited
  return [...dependsOn.map(hash), ...heldBy.map((number) => `files of ${hash(number)}`)].join(' ')
}

function lifetime(from: Instant, to: Instant | null): string {
  return to === null ? '' : ((to - from) / 1000).toFixed(1)
}

/** The rows with every column as wide as its widest cell. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

export function claimLines(claims: readonly Claim[]): readonly string[] {
  return claims.flatMap(({ claim, violations }) => [
    `${violations.length === 0 ? '✓' : '✗'} ${claim}`,
    ...violations.slice(0, LISTED).map((violation) => `    ${violation}`),
    ...(violations.length > LISTED ? [`    and ${violations.length - LISTED} more`] : []),
  ])
}

export function secondsOf(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(5)} s`
}

const hash = (number: number): string => `#${number}`
const tag = (number: number): string => hash(number).padStart(3)

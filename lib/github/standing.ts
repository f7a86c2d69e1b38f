/** How the writes to GitHub stand, in sentences for /health: what is refused, what is late, and what to do about it. Pure. */
import { hours, type Instant, minutes, toTimestamp } from '#lib/clock'
import { TOKEN } from '#lib/github/debts'
import type { NamedDebt, OwedWrite, RefusedDebt, Rest, Standing } from '#lib/github/ports'

/** Debts that were set aside are counted up to here: one page of them is read at each flush. */
export const MOST_COUNTED = 100
/** A standing that did not change is written down this often, so that its age shows that flushes run. */
const STANDING_NOTE_MS = minutes(5)
/** Debts and repositories named in one sentence. */
const MOST_NAMED = 3
/** Within GitHub's limits an ordinary day's writes are paid sooner. */
const LATE_MS = minutes(30)
/** Fifteen flushes that should have run. */
const STOPPED_MS = minutes(15)

export interface WriteHealth {
  readonly ok: boolean
  readonly detail: string
  readonly at: Instant
}

interface Debts {
  /** What is owed now. */
  readonly owed: readonly OwedWrite[]
  /** Who refuses all writes. */
  readonly rests: Standing['rests']
  readonly refused: readonly RefusedDebt[]
  /** Keys of debts that could not be read. */
  readonly unreadable?: readonly string[]
}

/** The standing after a flush. */
export function standingOf(at: Instant, { owed, rests, refused, unreadable = [] }: Debts): Standing {
  const retrying = owed.filter(({ trouble }) => (trouble?.refusals ?? 0) > 0)
  const named = [...refused.map(({ write }) => write), ...retrying].slice(0, MOST_NAMED)
  return {
    at,
    owed: owed.length,
    oldest: owed.length === 0 ? null : Math.min(...owed.map(({ owed_since }) => owed_since)),
    rests,
    retrying: retrying.length,
    refused: refused.length,
    named: named.map(({ repository, number, trouble }) => ({ repository, number, error: trouble?.error ?? '' })),
    ...(unreadable.length > 0 && { unreadable: unreadable.slice(0, MOST_NAMED) }),
  }
}

/** True when `next` is worth a write: it says something new, or the last note grows old. */
export function isNews(before: Standing | undefined, next: Standing): boolean {
  if (before === undefined || next.at - before.at >= STANDING_NOTE_MS) return true
  return JSON.stringify({ ...before, at: 0 }) !== JSON.stringify({ ...next, at: 0 })
}

/** What /health says of the writes. Not ok while one is refused, set aside, late, or no flush runs. */
export function writeHealth(standing: Standing, now: Instant): WriteHealth {
  const { at } = standing
  if (now - at > STOPPED_MS) {
    const detail = `No flush since ${toTimestamp(at)}: look at the log of github-flush. ${countOf(standing, at)}`
    return { ok: false, detail, at }
  }
  const problems = [
    ...restsOf(standing),
    ...lateOf(standing, now),
    ...retriesOf(standing),
    ...setAsideOf(standing),
    ...unreadableOf(standing),
  ]
  return { ok: problems.length === 0, detail: [countOf(standing, now), ...problems].join(' '), at }
}

function countOf({ owed, oldest }: Standing, at: Instant): string {
  if (oldest === null) return 'No write is owed.'
  return `${count(owed, 'write is', 'writes are')} owed, the oldest for ${span(at - oldest)}.`
}

function restsOf({ rests }: Standing): readonly string[] {
  const all = Object.entries(rests).toSorted(([, a], [, b]) => a.since - b.since)
  const told = all.slice(0, MOST_NAMED).map(([name, rest]) => `${placeOf(name)}: ${restSentence(rest)}`)
  const more =
    all.length > MOST_NAMED
      ? [`${count(all.length - MOST_NAMED, 'more repository refuses', 'more repositories refuse')} writes.`]
      : []
  return [...told, ...more]
}

function restSentence({ error, since, until }: Rest): string {
  const times = `Refused since ${toTimestamp(since)}, tried again at ${toTimestamp(until)}.`
  return `every write is refused: ${error} ${times} Mend the right or take the repository out of GITHUB_REPOS.`
}

const placeOf = (name: string): string => (name === TOKEN ? 'The token' : name)

function lateOf({ oldest, rests }: Standing, at: Instant): readonly string[] {
  if (oldest === null || at - oldest < LATE_MS || Object.keys(rests).length > 0) return []
  return ["They are late: GitHub's limits are spent, or writes fail; the log of github-flush says which."]
}

function retriesOf({ retrying, named, refused }: Standing): readonly string[] {
  if (retrying === 0) return []
  return [`GitHub refuses ${count(retrying, 'issue', 'issues')}, tried again later${examples(named.slice(refused))}`]
}

function setAsideOf({ refused, named }: Standing): readonly string[] {
  if (refused === 0) return []
  const many = refused >= MOST_COUNTED ? `At least ${refused} debts were` : count(refused, 'debt was', 'debts were')
  const cause = `${many} refused too often and set aside${examples(named.slice(0, refused))}`
  return [`${cause} Mend the cause, then: npx coxswain redrive run debts --all.`]
}

function unreadableOf({ unreadable = [] }: Standing): readonly string[] {
  if (unreadable.length === 0) return []
  return [
    `Debts of another version cannot be read and are left alone: ${unreadable.join(', ')}. Deploy the newest version.`,
  ]
}

function examples(named: readonly NamedDebt[]): string {
  if (named.length === 0) return '.'
  return `: ${named.map(({ repository, number, error }) => `${repository}#${number}: ${sentence(error)}`).join(' ')}`
}

/** Ended by a full stop, as GitHub's own messages are not always. */
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

function span(ms: number): string {
  if (ms < minutes(1)) return 'less than a minute'
  return ms < hours(2)
    ? count(Math.floor(ms / minutes(1)), 'minute', 'minutes')
    : count(Math.floor(ms / hours(1)), 'hour', 'hours')
}

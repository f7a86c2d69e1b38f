/** Whether events get where they belong: what the readers of the stream, the sinks and the dead letters show. Pure. */
import { type Instant, minutes, toTimestamp } from '#lib/clock'
import type { DeadLetter } from './dead-letters.ts'
import type { Behind } from './parking.ts'
import type { FailingRecord, ReaderNote, Readers } from './readers.ts'

/** As a check of `GET /health` shows it. */
export interface Finding {
  readonly ok: boolean
  readonly detail: string
}

/** Readers of every change: the others are called for what their filters let through alone. */
const READ_ALL = ['events-relay', 'events-count'] as const
/** A change that waits longer than this makes its reader late. */
const LATE_MS = minutes(10)
/** A record that was not tried for so long is done with, or its reader is late and found so. */
const STILL_FAILING_MS = minutes(20)
/** A reader notes its place every three minutes, and the stream tells time by the second or the minute. */
const SLACK_MS = minutes(3)
/** A sink that is down for less than this is told, but is no reason to act. */
const BEHIND_MS = minutes(5)

/** The readers of the stream: late ones, and those that repeat a record. */
export function judgeReaders({ notes, failing, beat }: Readers, now: Instant): Finding {
  const found = [
    ...READ_ALL.flatMap((reader) => missed(reader, notes, beat)),
    ...notes.flatMap((note) => late(note)),
    ...failing.filter(({ last_at }) => now - last_at < STILL_FAILING_MS).map(repeating),
  ]
  if (found.length === 0) return { ok: true, detail: 'Every reader of the stream keeps up.' }
  return {
    ok: false,
    detail: `${found.join(' ')} The log of that function says why; it goes on by itself once mended.`,
  }
}

function missed(reader: string, notes: readonly ReaderNote[], beat: Instant | null): readonly string[] {
  const at = notes.find((note) => note.reader === reader)?.record_at
  if (beat === null || (at ?? Number.NEGATIVE_INFINITY) >= beat - SLACK_MS) return []
  const last = at === undefined ? 'handled nothing yet' : `handled nothing newer than ${toTimestamp(at)}`
  return [`${reader} has ${last}; the table changed at ${toTimestamp(beat)}.`]
}

function late({ reader, at, record_at }: ReaderNote): readonly string[] {
  const behind = at - record_at
  if (behind <= LATE_MS) return []
  return [`${reader} is ${Math.round(behind / 60_000)} minutes behind (${toTimestamp(at)}).`]
}

function repeating({ reader, first_at, attempts }: FailingRecord): string {
  return `${reader} repeats a record since ${toTimestamp(first_at)} (${attempts} attempts).`
}

/** The sinks that something waits for. */
export function judgeSinks(
  sinks: readonly { readonly sink: string; readonly behind: Behind | null }[],
  now: Instant,
): Finding {
  const waiting = sinks.flatMap(({ sink, behind }) => (behind === null ? [] : [{ sink, ...behind }]))
  if (waiting.length === 0) return { ok: true, detail: 'Nothing waits for a sink.' }
  const detail = waiting.map(
    ({ sink, entities, more, since }) =>
      `${sink}: events of ${more ? 'more than ' : ''}${entities} entities wait, the oldest since ${toTimestamp(since)}.`,
  )
  const ok = waiting.every(({ since }) => now - since < BEHIND_MS)
  return { ok, detail: `${detail.join(' ')} They are delivered in order once the sink answers again.` }
}

/** What was set aside and waits for an operator. `more` when there are others. */
export function judgeLetters(
  letters: readonly Pick<DeadLetter, 'reader' | 'at'>[],
  events: readonly { readonly sink: string; readonly at: Instant }[],
  more: boolean,
): Finding {
  const all = [
    ...letters.map(({ reader, at }) => ({ of: reader, at })),
    ...events.map(({ sink, at }) => ({ of: sink, at })),
  ]
  if (all.length === 0) return { ok: true, detail: 'Nothing was set aside.' }
  const counts = new Map<string, number>()
  for (const { of } of all) counts.set(of, (counts.get(of) ?? 0) + 1)
  const names = [...counts].map(([of, count]) => `${of} ${count}`).join(', ')
  const oldest = toTimestamp(Math.min(...all.map(({ at }) => at)))
  return {
    ok: false,
    detail: `${more ? 'More than ' : ''}${all.length} set aside (${names}), the oldest since ${oldest}: npx coxswain redrive list.`,
  }
}

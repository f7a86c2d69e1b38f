/** Delivers what is parked: sink by sink under a lock, line by line, the events of a line in their order. */
import { type Instant, minutes, seconds } from '#lib/clock'
import { AppError, isRetryable, toAppError } from '#lib/errors'
import type { Chance } from '#lib/ids'
import { maskSecrets } from '#lib/secrets/secrets'
import type { Envelope, EventSink } from './envelope.ts'
import type { Behind, Failure, Line, ParkingPorts, Rest } from './parking.ts'

export interface RunReport {
  readonly sink: string
  /** `busy`: another run is at it. `resting`: the sink is down, and left alone for a while. */
  readonly state: 'drained' | 'waiting' | 'resting' | 'busy'
  readonly delivered: number
  /** Events that were set aside. */
  readonly dead: number
}

/** Nothing waits for any sink. */
export function isIdleRedelivery(reports: readonly RunReport[]): boolean {
  return reports.every(({ state, delivered, dead }) => state === 'drained' && delivered + dead === 0)
}

/** Refusals of one event before it is set aside, so that it does not hold up its entity for ever. */
const MOST_REFUSALS = 5
/** Lines that meet an outage one after the other before the sink itself is taken to be down. */
const LINES_TO_DESPAIR = 3
/** Lines that are drained side by side once the sink is known to be up. */
const SIDE_BY_SIDE = 8
/** Events read ahead in one line. */
const READ_AHEAD = 25
const FIRST_PAUSE = seconds(5)
const LONGEST_PAUSE = minutes(5)
/** A run that was killed holds its lock this much longer than it was to last. */
const LOCK_RESERVE = seconds(30)
/** Errors are kept to be read by people, not to be archived. */
const ERROR_CHARACTERS = 300

/** Drains all sinks, each by itself, until `until`. */
export function redeliver(ports: ParkingPorts, until: Instant): Promise<readonly RunReport[]> {
  return Promise.all(ports.sinks.map((sink) => drainSink(ports, { sink, until })))
}

interface Run {
  readonly sink: EventSink
  readonly until: Instant
}

async function drainSink(ports: ParkingPorts, run: Run): Promise<RunReport> {
  const { store, clock } = ports
  const { name } = run.sink
  const nothing = { sink: name, delivered: 0, dead: 0 }
  const now = clock.now()
  const rest = await store.rest(name)
  if (rest.until > now) {
    await note(store, name, { rest, now: { ...rest, behind: await behind(store, name, rest) } })
    return { ...nothing, state: 'resting' }
  }
  const token = await store.lock(name, now, run.until + LOCK_RESERVE)
  if (token === undefined) return { ...nothing, state: 'busy' }
  try {
    const progress = await drainLines(ports, run)
    const { delivered, dead } = progress
    const state = progress.outages >= LINES_TO_DESPAIR ? 'resting' : progress.isWaiting ? 'waiting' : 'drained'
    const left = state === 'drained' ? null : await behind(store, name, rest)
    await note(store, name, { rest, now: { ...restAfter(ports, rest, progress), behind: left } })
    return { sink: name, state, delivered, dead }
  } finally {
    await store.unlock(name, token)
  }
}

/** How long the sink is left alone after a run. */
function restAfter({ clock, chance }: ParkingPorts, { failures, until }: Rest, { outages, delivered }: Progress) {
  if (outages >= LINES_TO_DESPAIR)
    return { failures: failures + 1, until: clock.now() + pauseAfter(failures + 1, chance) }
  return delivered > 0 ? { failures: 0, until: 0 } : { failures, until }
}

/** What still waits, from the first page of lines: a longer list is at least as old as it was found before. */
async function behind(store: ParkingPorts['store'], sink: string, before: Rest): Promise<Behind | null> {
  const { lines, cursor } = await store.lines(sink)
  if (lines.length === 0) return null
  const more = cursor !== undefined
  const oldest = Math.min(...lines.map(({ since }) => since))
  return { entities: lines.length, more, since: more ? Math.min(oldest, before.behind?.since ?? oldest) : oldest }
}

/** Writes only what is news. */
async function note(store: ParkingPorts['store'], sink: string, { rest, now }: { rest: Rest; now: Rest }) {
  if (JSON.stringify(shapeOf(rest)) !== JSON.stringify(shapeOf(now))) await store.setRest(sink, now)
}

const shapeOf = ({ failures, until, behind: b }: Rest) => [failures, until, b?.entities, b?.more, b?.since]

/** How a run goes on a sink. */
interface Progress {
  delivered: number
  dead: number
  /** Something is left for the next run. */
  isWaiting: boolean
  /** Outages one after the other. */
  outages: number
}

async function drainLines(ports: ParkingPorts, run: Run): Promise<Progress> {
  const { store, clock } = ports
  const progress: Progress = { delivered: 0, dead: 0, isWaiting: false, outages: 0 }
  let cursor: string | undefined
  do {
    const page = await store.lines(run.sink.name, cursor)
    const due = page.lines.filter((line) => line.not_before <= clock.now())
    if (due.length < page.lines.length) progress.isWaiting = true
    const isOver = await drainPage(ports, run, { due, progress })
    if (isOver) return progress
    cursor = page.cursor
  } while (cursor !== undefined)
  return progress
}

/** True when the run is over: its time is up, or the sink is down. */
async function drainPage(
  ports: ParkingPorts,
  run: Run,
  { due, progress }: { readonly due: readonly Line[]; readonly progress: Progress },
): Promise<boolean> {
  let at = 0
  while (at < due.length) {
    if (progress.outages >= LINES_TO_DESPAIR || ports.clock.now() >= run.until) {
      progress.isWaiting = true
      return true
    }
    // One by one until one of them shows that the sink is there.
    const some = due.slice(at, at + (progress.delivered > 0 ? SIDE_BY_SIDE : 1))
    for (const line of await Promise.all(some.map((one) => drainLine(ports, run, one)))) count(progress, line)
    at += some.length
  }
  return progress.outages >= LINES_TO_DESPAIR
}

function count(progress: Progress, { delivered, dead, ending }: Drained): void {
  progress.delivered += delivered
  progress.dead += dead
  if (ending !== 'empty') progress.isWaiting = true
  progress.outages = ending === 'outage' && delivered === 0 ? progress.outages + 1 : 0
}

/** What became of one line. */
interface Drained {
  readonly delivered: number
  readonly dead: number
  readonly ending: 'empty' | 'late' | 'refused' | 'outage'
}

async function drainLine(ports: ParkingPorts, run: Run, opened: Line): Promise<Drained> {
  const { store, clock } = ports
  const gone = { delivered: 0, dead: 0 }
  let line = opened
  for (;;) {
    const events = await store.first(line, READ_AHEAD)
    if (events.length === 0) {
      await store.close(line)
      return { ...gone, ending: 'empty' }
    }
    for (const event of events) {
      if (clock.now() >= run.until) return { ...gone, ending: 'late' }
      const became = await deliverFirst(ports, run.sink, { line, event })
      if (became === 'refused' || became === 'outage') return { ...gone, ending: became }
      gone[became] += 1
      line = { ...line, attempts: 0, refusals: 0 }
    }
  }
}

/** Delivers the first event of a line, or notes why not. */
async function deliverFirst(
  ports: ParkingPorts,
  sink: EventSink,
  { line, event }: { readonly line: Line; readonly event: Envelope },
): Promise<'delivered' | 'dead' | 'refused' | 'outage'> {
  const { store, clock } = ports
  const error = await sink.deliver(event).then(() => undefined, toAppError)
  if (error === undefined) {
    await store.remove(sink.name, event)
    return 'delivered'
  }
  const failure = failureOf(ports, line, error)
  if (failure.refusals >= MOST_REFUSALS) {
    await store.bury(sink.name, event, failure.error, clock.now())
    return 'dead'
  }
  await store.postpone(line, failure)
  return isRetryable(error) ? 'outage' : 'refused'
}

/** What is noted of a line whose first event failed once more. */
export function failureOf(
  { clock, chance }: Pick<ParkingPorts, 'clock' | 'chance'>,
  before: Pick<Failure, 'attempts' | 'refusals'>,
  error: unknown,
): Failure {
  const { code, message } = toAppError(error)
  const attempts = before.attempts + 1
  const refusals = before.refusals + (isRetryable(error) ? 0 : 1)
  const asked = error instanceof AppError ? seconds(error.retryAfter ?? 0) : 0
  const pause = Math.max(pauseAfter(attempts, chance), Math.min(asked, LONGEST_PAUSE))
  return {
    attempts,
    refusals,
    not_before: clock.now() + pause,
    error: maskSecrets(`${code}: ${message}`).slice(0, ERROR_CHARACTERS),
  }
}

/** Milliseconds of patience after so many failures: doubling, and between half and all of it by chance. */
export function pauseAfter(failures: number, chance: Chance): number {
  const whole = Math.min(FIRST_PAUSE * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE)
  return Math.round(whole * (0.5 + chance() / 2))
}

/** Leasing: the most urgent job goes to the worker that asks, once. */
import type { Clock } from '#lib/clock'
import type { Chance } from '#lib/ids'
import { type Choice, claim } from './claim.ts'
import type { Occasion, Policy } from './decide.ts'
import { type Gate, OPEN_GATE, reasonOf } from './gate.ts'
import { holdingOf } from './holding.ts'
import { ticketName } from './line.ts'
import type { HostCheck, LeasedJob, WorkerRecord } from './model.ts'
import { afterRace, NARROW } from './order.ts'
import type { Overlap } from './overlap.ts'
import type { QueueStore } from './ports.ts'
import { called, heldBack } from './presence.ts'
import { newSight } from './reserve.ts'
import { createSeek, type Looking, type Sought } from './seek.ts'
import type { DayBudget } from './spending.ts'

export interface NextPorts {
  readonly store: QueueStore
  readonly clock: Clock
  readonly chance: Chance
  readonly policy: Policy
  readonly overlap?: Overlap
  /** Ends expired leases and says how many jobs came back; asked when the line holds nothing. */
  readonly reap: (on: Occasion) => Promise<number>
  /** Holds back the work of repositories whose pull requests wait for people; without one nothing is held back. */
  readonly gate?: Gate
  /** Repositories this queue serves. */
  readonly repositories: () => Promise<readonly string[]>
  /** The day's money; left out, nobody counts it. */
  readonly dayBudget?: DayBudget | undefined
}

export interface Asking {
  readonly worker: string
  readonly capabilities: readonly string[]
  readonly ip: string | null
  readonly correlation_id: string
}

export type Answer =
  | { readonly kind: 'work'; readonly job: LeasedJob; readonly body: string; readonly feedback: string | null }
  /** `reason` is there when there may be work, but not for this worker now. */
  | { readonly kind: 'none'; readonly retry_after_ms: number; readonly reason?: string }

/** What one request knows while it looks for work. */
interface Search extends Looking {
  readonly asking: Asking
  /** The worker as the next claim takes it. */
  known: WorkerRecord | undefined
  /** The worker as it was read; undefined when the store has it otherwise, or not at all. */
  stored: WorkerRecord | undefined
}

/** Lost races until the asker is told to come again rather than kept waiting. */
const MAX_RACES = 12
/** An idle worker's last_seen is written at most this often. */
const TOUCH_MS = 30_000
/** How soon to ask again when nothing is there, and when others are just taking what there is. */
const IDLE_MS = 15_000
const SOON_MS = 1_000
/** How soon a worker may ask again whose host was found unreachable: the next look is not far. */
const HELD_MS = 30_000

/** The next job of a worker: 3 write units and about 2 read units when there is one, reads alone when there is none. */
export function createNext(ports: NextPorts) {
  const { store, clock, gate = OPEN_GATE } = ports
  const seek = createSeek(ports)
  let spread = NARROW

  return async function next(asking: Asking): Promise<Answer> {
    const on: Occasion = { now: clock.now(), correlation_id: asking.correlation_id }
    const [known, closed] = await Promise.all([store.worker(asking.worker), gate.closed(on.now)])
    const looking = { on, closed, gone: new Set<string>(), held: new Set<string>(), sight: newSight() }
    const search: Search = { asking, known, stored: known, ...looking }
    for (let races = 0; races < MAX_RACES; races++) {
      const answer = await attempt(search)
      if (answer !== undefined) return answer
    }
    return { kind: 'none', retry_after_ms: SOON_MS }
  }

  /** One race for one ticket; undefined when it was lost, or something had to be mended first. */
  async function attempt(search: Search): Promise<Answer | undefined> {
    const { asking, on } = search
    const holding = await holdingOf(ports, recordOf(search.known, asking, on), on)
    if (holding.kind === 'held') return work(holding.job)
    if (holding.kind === 'mended') return undefined
    const unreached = heldBack(holding.record, on.now)
    if (unreached !== undefined) return hold(holding.record, search, unreached)
    const spent = await ports.dayBudget?.(on.now)
    if (spent) return { kind: 'none', reason: spent.reason, retry_after_ms: spent.until - on.now }

    const sought = await seek(search, spread)
    return sought.choice === undefined
      ? idle(holding.record, search, sought)
      : race(holding.record, search, sought.choice)
  }

  async function race(record: WorkerRecord, search: Search, choice: Choice): Promise<Answer | undefined> {
    const result = await claim(ports, record, choice, search.on)
    if (result.kind === 'overtaken') {
      search.known = search.stored = await store.worker(search.asking.worker, { consistent: true })
      return undefined
    }
    spread = afterRace(spread, result.kind === 'won' ? 'won' : 'lost')
    if (result.kind === 'won') return work(result.job)
    if (result.kind === 'lost') search.gone.add(ticketName(choice.ticket))
    else search.sight = newSight()
    search.known = result.record
    search.stored = undefined
    return undefined
  }

  async function idle(record: WorkerRecord, { stored, on, closed }: Search, sought: Sought): Promise<Answer> {
    if (isNews(record, stored, on)) await store.saveWorker({ ...record, last_seen: on.now })
    const retry_after_ms = waitFor(sought, on)
    const names = closed.size === 0 ? [] : (await ports.repositories()).filter((name) => closed.has(name))
    if (names.length === 0) return { kind: 'none', retry_after_ms }
    return { kind: 'none', reason: reasonOf(names, gate.limit), retry_after_ms }
  }

  /** That it called is written down at once: by this the next look knows that it lives. */
  async function hold(
    record: WorkerRecord,
    { stored, on }: Search,
    { host, detail, since }: HostCheck,
  ): Promise<Answer> {
    if (record.last_seen <= since || isNews(record, stored, on))
      await store.saveWorker({ ...record, last_seen: on.now })
    const reason = `The host of this worker, ${host}, was found unreachable. ${detail} The next check decides anew.`
    return { kind: 'none', reason, retry_after_ms: HELD_MS }
  }

  async function work(job: LeasedJob): Promise<Answer> {
    const [body, feedback] = await Promise.all([store.body(job), store.feedback(job)])
    return { kind: 'work', job, body, feedback }
  }
}

function recordOf(known: WorkerRecord | undefined, asking: Asking, on: Occasion): WorkerRecord {
  const { worker: id, capabilities, ip } = asking
  if (known !== undefined) return called({ ...known, capabilities, ip }, on)
  return { id, capabilities, ip, first_seen: on.now, last_seen: on.now, total_tasks: 0, pointer: null, version: 0 }
}

/** True when an idle worker's record is worth a write. */
function isNews(record: WorkerRecord, stored: WorkerRecord | undefined, on: Occasion): boolean {
  const { pointer, presence, last_seen } = record
  return pointer !== stored?.pointer || presence !== stored?.presence || on.now - last_seen >= TOUCH_MS
}

/**
 * When to ask again: when the first waiting job is due, soon when all that was seen went to others or there is more to
 * see. Nobody knows when files come free.
 */
function waitFor({ isRaced, isCut, soonest }: Sought, on: Occasion): number {
  if (isRaced || isCut) return SOON_MS
  return soonest === undefined ? IDLE_MS : Math.min(IDLE_MS, Math.max(SOON_MS, soonest - on.now))
}

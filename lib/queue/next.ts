/** Leasing: the most urgent job goes to the worker that asks, once. */
import type { Clock } from '#lib/clock'
import type { Chance } from '#lib/ids'
import { claim } from './claim.ts'
import type { Occasion, Policy } from './decide.ts'
import { holdingOf } from './holding.ts'
import { type Line, lookAlong } from './line.ts'
import type { Job, WorkerRecord } from './model.ts'
import { afterRace, NARROW, pick } from './order.ts'
import type { QueueStore } from './ports.ts'
import type { DayBudget } from './spending.ts'

export interface NextPorts {
  readonly store: QueueStore
  readonly clock: Clock
  readonly chance: Chance
  readonly policy: Policy
  /** Ends expired leases and says how many jobs came back; asked when the line holds nothing. */
  readonly reap: (on: Occasion) => Promise<number>
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
  | { readonly kind: 'work'; readonly job: Job; readonly body: string }
  /** With a `reason`, work may be there but none is given. */
  | { readonly kind: 'none'; readonly retry_after_ms: number; readonly reason?: string }

/** What one request knows while it looks for work. */
interface Search {
  readonly asking: Asking
  readonly on: Occasion
  /** The worker as the next claim takes it. */
  known: WorkerRecord | undefined
  /** The worker as it was read; undefined when the store has it otherwise, or not at all. */
  stored: WorkerRecord | undefined
  /** Tickets that went to others. */
  readonly gone: Set<string>
}

/** Tickets read at once by an asker who is alone: 4 KB, half a read unit. */
const WINDOW = 8
/** Lost races until the asker is told to come again rather than kept waiting. */
const MAX_RACES = 12
/** An idle worker's last_seen is written at most this often. */
const TOUCH_MS = 30_000
/** How soon to ask again when nothing is there, and when others are just taking what there is. */
const IDLE_MS = 15_000
const SOON_MS = 1_000

/** The next job of a worker: 3 write units and about 2 read units when there is one, reads alone when there is none. */
export function createNext(ports: NextPorts) {
  const { store, clock, chance } = ports
  let spread = NARROW

  return async function next(asking: Asking): Promise<Answer> {
    const on: Occasion = { now: clock.now(), correlation_id: asking.correlation_id }
    const known = await store.worker(asking.worker)
    const search: Search = { asking, on, known, stored: known, gone: new Set() }
    for (let races = 0; races < MAX_RACES; races++) {
      const answer = await attempt(search)
      if (answer !== undefined) return answer
    }
    return { kind: 'none', retry_after_ms: SOON_MS }
  }

  /** One race for one ticket; undefined when it was lost, or something had to be mended first. */
  async function attempt(search: Search): Promise<Answer | undefined> {
    const { asking, on, gone } = search
    const holding = await holdingOf(ports, recordOf(search.known, asking, on), on)
    if (holding.kind === 'held') return work(holding.job)
    if (holding.kind === 'mended') return undefined
    const closed = await ports.dayBudget?.(on.now)
    if (closed) return { kind: 'none', reason: closed.reason, retry_after_ms: closed.until - on.now }

    const line = await look(on)
    const left = line.ready.filter((job) => !gone.has(ticketName(job)))
    const ticket = left[pick(left.length, spread, chance())]
    if (ticket === undefined) return idle(holding.record, search, line)

    const result = await claim(ports, holding.record, ticket, on)
    if (result.kind === 'overtaken') {
      search.known = search.stored = await store.worker(asking.worker, { consistent: true })
      return undefined
    }
    spread = afterRace(spread, result.kind)
    if (result.kind === 'won') return work(result.job)
    gone.add(ticketName(ticket))
    search.known = result.record
    search.stored = undefined
    return undefined
  }

  async function idle(record: WorkerRecord, { stored, on }: Search, line: Line): Promise<Answer> {
    if (isNews(record, stored, on)) await store.saveWorker({ ...record, last_seen: on.now })
    return { kind: 'none', retry_after_ms: waitFor(line, on) }
  }

  async function look(on: Occasion): Promise<Line> {
    const line = await lookAlong(store, on.now, Math.max(WINDOW, Math.ceil(spread.width)))
    if (line.ready.length > 0 || (await ports.reap(on)) === 0) return line
    return lookAlong(store, on.now, WINDOW)
  }

  async function work(job: Job): Promise<Answer> {
    return { kind: 'work', job, body: await store.body(job) }
  }
}

function recordOf(known: WorkerRecord | undefined, asking: Asking, on: Occasion): WorkerRecord {
  const { worker: id, capabilities, ip } = asking
  if (known !== undefined) return { ...known, capabilities, ip }
  return { id, capabilities, ip, first_seen: on.now, last_seen: on.now, total_tasks: 0, pointer: null, version: 0 }
}

/** True when an idle worker's record is worth a write. */
function isNews(record: WorkerRecord, stored: WorkerRecord | undefined, on: Occasion): boolean {
  return record.pointer !== stored?.pointer || on.now - record.last_seen >= TOUCH_MS
}

/** When to ask again: when the first waiting job is due, soon when all that was seen went to others. */
function waitFor({ ready, soonest }: Line, on: Occasion): number {
  if (ready.length > 0) return SOON_MS
  return soonest === undefined ? IDLE_MS : Math.min(IDLE_MS, Math.max(SOON_MS, soonest - on.now))
}

/** A ticket is taken at most once: by this name one that went to another is not tried again. */
function ticketName({ key, version }: Job): string {
  return `${key.repository}#${key.number}@${version}`
}

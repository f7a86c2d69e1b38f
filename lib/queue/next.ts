/** Leasing: the most urgent job goes to the worker that asks, once. */
import type { Clock } from '#lib/clock'
import type { Chance } from '#lib/ids'
import { claim, heldBy } from './claim.ts'
import type { Occasion, Policy } from './decide.ts'
import { type Line, lookAlong } from './line.ts'
import type { Job, WorkerRecord } from './model.ts'
import { afterRace, NARROW, pick } from './order.ts'
import type { QueueStore } from './ports.ts'

export interface NextPorts {
  readonly store: QueueStore
  readonly clock: Clock
  readonly chance: Chance
  readonly policy: Policy
  /** Ends expired leases and says how many jobs came back; asked when the line holds nothing. */
  readonly reap: (on: Occasion) => Promise<number>
}

export interface Asking {
  readonly worker: string
  readonly capabilities: readonly string[]
  readonly ip: string | null
  readonly correlation_id: string
}

export type Answer =
  | { readonly kind: 'work'; readonly job: Job; readonly body: string }
  | { readonly kind: 'none'; readonly retry_after_ms: number }

/** Tickets read at once by an asker who is alone: 4 KB, half a read unit. */
const WINDOW = 8
/** Lost races until the asker is told to come again rather than kept waiting. */
const MAX_RACES = 12
/** An idle worker's last_seen is written at most this often. */
const TOUCH_MS = 30_000
/** How soon to ask again when nothing is there. */
const IDLE_MS = 15_000
const SOON_MS = 1_000

/** The next job of a worker: 3 write units and about 2 read units when there is one, reads alone when there is none. */
export function createNext(ports: NextPorts) {
  const { store, clock, chance } = ports
  let spread = NARROW

  return async function next(asking: Asking): Promise<Answer> {
    const on: Occasion = { now: clock.now(), correlation_id: asking.correlation_id }
    let known = await store.worker(asking.worker)
    for (let races = 0; races < MAX_RACES; races++) {
      const record = recordOf(known, asking, on)
      const held = await heldBy(store, record, on)
      if (held !== undefined) return work(held)

      const line = await look(on)
      const ticket = line.ready[pick(line.ready.length, spread, chance())]
      if (ticket === undefined) return idle(record, line, on)

      const result = await claim(ports, record, ticket, on)
      if (result.kind !== 'overtaken') spread = afterRace(spread, result.kind)
      if (result.kind === 'won') return work(result.job)
      known = await store.worker(asking.worker, { consistent: true })
    }
    return { kind: 'none', retry_after_ms: SOON_MS }
  }

  async function look(on: Occasion): Promise<Line> {
    const line = await lookAlong(store, on.now, Math.max(WINDOW, Math.ceil(spread.width)))
    if (line.ready.length > 0 || (await ports.reap(on)) === 0) return line
    return lookAlong(store, on.now, WINDOW)
  }

  async function work(job: Job): Promise<Answer> {
    return { kind: 'work', job, body: await store.body(job) }
  }

  async function idle(record: WorkerRecord, { soonest }: Line, on: Occasion): Promise<Answer> {
    if (record.version === 0 || on.now - record.last_seen >= TOUCH_MS) {
      await store.saveWorker({ ...record, last_seen: on.now })
    }
    const wait = soonest === undefined ? IDLE_MS : Math.min(IDLE_MS, Math.max(SOON_MS, soonest - on.now))
    return { kind: 'none', retry_after_ms: wait }
  }
}

function recordOf(known: WorkerRecord | undefined, asking: Asking, on: Occasion): WorkerRecord {
  const { worker: id, capabilities, ip } = asking
  if (known !== undefined) return { ...known, capabilities, ip }
  return { id, capabilities, ip, first_seen: on.now, last_seen: on.now, total_tasks: 0, pointer: null, version: 0 }
}

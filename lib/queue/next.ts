/** Leasing: the most urgent job goes to the worker that asks, once. */
import type { Clock, Instant } from '#lib/clock'
import type { Chance } from '#lib/ids'
import { type Choice, claim } from './claim.ts'
import type { Occasion, Policy } from './decide.ts'
import { holdingOf } from './holding.ts'
import { type Line, lookAlong } from './line.ts'
import type { HostCheck, Job, WorkerRecord } from './model.ts'
import { afterRace, NARROW, pick } from './order.ts'
import type { Overlap } from './overlap.ts'
import type { QueueStore } from './ports.ts'
import { called, heldBack } from './presence.ts'
import { askForFiles, newSight, type Sight } from './reserve.ts'

export interface NextPorts {
  readonly store: QueueStore
  readonly clock: Clock
  readonly chance: Chance
  readonly policy: Policy
  readonly overlap?: Overlap
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
  /** `reason` is there when there may be work, but not for this worker now. */
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
  /** Tickets whose files others hold. */
  readonly held: Set<string>
  sight: Sight
}

/** What was found along the line. */
interface Sought {
  readonly choice: Choice | undefined
  /** Others were quicker with what was there. */
  readonly isRaced: boolean
  readonly soonest: Instant | undefined
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
/** How soon a worker may ask again whose host was found unreachable: the next look is not far. */
const HELD_MS = 30_000

/** The next job of a worker: 3 write units and about 2 read units when there is one, reads alone when there is none. */
export function createNext(ports: NextPorts) {
  const { store, clock, chance } = ports
  let spread = NARROW

  return async function next(asking: Asking): Promise<Answer> {
    const on: Occasion = { now: clock.now(), correlation_id: asking.correlation_id }
    const known = await store.worker(asking.worker)
    const search: Search = { asking, on, known, stored: known, gone: new Set(), held: new Set(), sight: newSight() }
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
    const unreached = heldBack(holding.record, on.now)
    if (unreached !== undefined) return hold(holding.record, search, unreached)

    const sought = await seek(search)
    if (sought.choice === undefined) return idle(holding.record, search, sought)

    const result = await claim(ports, holding.record, sought.choice, on)
    if (result.kind === 'overtaken') {
      search.known = search.stored = await store.worker(asking.worker, { consistent: true })
      return undefined
    }
    spread = afterRace(spread, result.kind === 'won' ? 'won' : 'lost')
    if (result.kind === 'won') return work(result.job)
    if (result.kind === 'lost') gone.add(ticketName(sought.choice.ticket))
    else search.sight = newSight()
    search.known = result.record
    search.stored = undefined
    return undefined
  }

  async function idle(record: WorkerRecord, { stored, on }: Search, sought: Sought): Promise<Answer> {
    if (isNews(record, stored, on)) await store.saveWorker({ ...record, last_seen: on.now })
    return { kind: 'none', retry_after_ms: waitFor(sought, on) }
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

  /** Walks along the line, and once more when ending the leases that ran out brought something back. */
  async function seek(search: Search): Promise<Sought> {
    const sought = await walk(search, Math.max(WINDOW, Math.ceil(spread.width)))
    if (sought.choice !== undefined || sought.isRaced || (await ports.reap(search.on)) === 0) return sought
    search.sight = newSight()
    search.held.clear()
    return walk(search, WINDOW)
  }

  /** Looks on behind jobs whose files others hold, to the end of what `lookAlong` reads. */
  async function walk(search: Search, wanted: number): Promise<Sought> {
    let line = await lookAlong(store, search.on.now, wanted)
    for (;;) {
      const choice = await choose(line, search)
      const isRaced = line.ready.some((job) => search.gone.has(ticketName(job)))
      const { rest, soonest } = line
      if (choice !== undefined || isRaced || rest === undefined) return { choice, isRaced, soonest }
      line = await lookAlong(store, search.on.now, wanted, rest)
    }
  }

  async function choose({ ready }: Line, { gone, held, sight }: Search): Promise<Choice | undefined> {
    for (;;) {
      const left = ready.filter((job) => !gone.has(ticketName(job)) && !held.has(ticketName(job)))
      const ticket = left[pick(left.length, spread, chance())]
      if (ticket === undefined) return undefined
      const files = await askForFiles(ports, ticket, sight)
      if (files.kind !== 'held') return { ticket, files }
      held.add(ticketName(ticket))
    }
  }

  async function work(job: Job): Promise<Answer> {
    return { kind: 'work', job, body: await store.body(job) }
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
 * When to ask again: when the first waiting job is due, soon when all that was seen went to others. Nobody knows when
 * files come free.
 */
function waitFor({ isRaced, soonest }: Sought, on: Occasion): number {
  if (isRaced) return SOON_MS
  return soonest === undefined ? IDLE_MS : Math.min(IDLE_MS, Math.max(SOON_MS, soonest - on.now))
}

/** A ticket is taken at most once: by this name one that went to another is not tried again. */
function ticketName({ key, version }: Job): string {
  return `${key.repository}#${key.number}@${version}`
}

/** Finding the ticket to race for: along the line, past closed gates, past files that others have in hand. */
import type { Instant } from '#lib/clock'
import type { Chance } from '#lib/ids'
import type { Choice } from './claim.ts'
import type { Occasion } from './decide.ts'
import { createDetour } from './detour.ts'
import { type Line, lookAlong, ticketName } from './line.ts'
import { foremost, pick, type Spread } from './order.ts'
import type { Overlap } from './overlap.ts'
import type { QueueStore } from './ports.ts'
import { askForFiles, newSight, type Sight } from './reserve.ts'

export interface SeekPorts {
  readonly store: QueueStore
  readonly chance: Chance
  readonly overlap?: Overlap
  readonly reap: (on: Occasion) => Promise<number>
}

/** What one request has learned while it looks. */
export interface Looking {
  readonly on: Occasion
  /** Repositories whose gate is closed. */
  readonly closed: ReadonlySet<string>
  /** Tickets that went to others. */
  readonly gone: Set<string>
  /** Tickets whose files others hold. */
  readonly held: Set<string>
  sight: Sight
}

/** What was found along the line. */
export interface Sought {
  readonly choice: Choice | undefined
  /** Others were quicker with what was there. */
  readonly isRaced: boolean
  /** The end of the line was not reached. */
  readonly isCut: boolean
  readonly soonest: Instant | undefined
}

/** Tickets read at once by an asker who is alone: 4 KB, half a read unit. */
const WINDOW = 8
/** Looks past a closed gate when what lies behind it has its files held. */
const MOST_DETOURS = 8

export function createSeek(ports: SeekPorts) {
  const { store, chance } = ports
  const detour = createDetour(store)

  /** Walks along the line, and once more when ending the leases that ran out brought something back. */
  return async function seek(looking: Looking, spread: Spread): Promise<Sought> {
    const sought = await walk(looking, Math.max(WINDOW, Math.ceil(spread.width)), spread)
    if (sought.choice !== undefined || sought.isRaced || (await ports.reap(looking.on)) === 0) return sought
    looking.sight = newSight()
    looking.held.clear()
    detour.forget()
    return walk(looking, WINDOW, spread)
  }

  function walk(looking: Looking, wanted: number, spread: Spread): Promise<Sought> {
    return looking.closed.size === 0 ? walkOn(looking, wanted, spread) : walkAround(looking, wanted, spread)
  }

  /** Looks on behind jobs whose files others hold, to the end of what `lookAlong` reads. */
  async function walkOn(looking: Looking, wanted: number, spread: Spread): Promise<Sought> {
    const { now } = looking.on
    let line = await lookAlong(store, now, wanted)
    for (;;) {
      const choice = await choose(line, looking, spread)
      const isRaced = isGone(line, looking)
      const { rest, soonest } = line
      if (choice !== undefined || isRaced || rest === undefined) return { choice, isRaced, isCut: false, soonest }
      line = await lookAlong(store, now, wanted, rest)
    }
  }

  /** The same past what closed gates hold back; each look leaves out what the one before found held. */
  async function walkAround(looking: Looking, wanted: number, spread: Spread): Promise<Sought> {
    const { closed, held } = looking
    for (let looks = 1; ; looks++) {
      const known = held.size
      const line = await detour.look(looking.on.now, wanted, { closed, held })
      const choice = await choose(line, looking, spread)
      const isRaced = isGone(line, looking)
      const isOver = held.size === known || looks === MOST_DETOURS
      const { isCut, soonest } = line
      if (choice !== undefined || isRaced || isOver) return { choice, isRaced, isCut, soonest }
    }
  }

  async function choose({ ready }: Line, { gone, held, sight }: Looking, spread: Spread): Promise<Choice | undefined> {
    for (;;) {
      const left = ready.filter((job) => !gone.has(ticketName(job)) && !held.has(ticketName(job)))
      const ticket = left[pick(foremost(left), spread, chance())]
      if (ticket === undefined) return undefined
      const files = await askForFiles(ports, ticket, sight)
      if (files.kind !== 'held') return { ticket, files }
      held.add(ticketName(ticket))
    }
  }
}

const isGone = ({ ready }: Line, { gone }: Looking): boolean => ready.some((job) => gone.has(ticketName(job)))

/** A stand-in for EventBridge: takes PutEvents, matches rules, and keeps the last events to look at. */
import { type Clock, systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createFaults, type Fault } from '../http/faults.ts'
import { type Entrance, listen } from '../http/listen.ts'
import { createApp } from './app.ts'
import { type BusEvent, createBus, type KeptEvent, type Refusals } from './bus.ts'
import type { Rule } from './rules.ts'

export interface StandInOptions extends Entrance {
  readonly rules?: readonly Rule[]
  /** How many events are kept; 1000 by default. They are kept in memory: a bus forgets what it delivered. */
  readonly keep?: number
  /** Called for each rule an event matched. */
  readonly onMatch?: (rule: Rule, event: BusEvent) => void
  readonly clock?: Clock
}

export interface StandInEventBridge {
  /** The endpoint to give to a client of EventBridge. */
  readonly url: string
  /** Oldest first. */
  events(): readonly KeptEvent[]
  stats(): { readonly calls: number; readonly entries: number; readonly failed_entries: number }
  /** Makes entries of the next calls fail while the calls succeed. */
  refuse(refusals: Refusals): void
  /** Makes the next calls go wrong. */
  fail(fault: Fault): void
  /** Forgets refusals and faults not yet used up. */
  heal(): void
  /** May be called twice. */
  close(): Promise<void>
}

const KEPT = 1000

export async function startEventBridge(options: StandInOptions): Promise<StandInEventBridge> {
  const { host, port, doors, controlToken, rules = [], keep = KEPT, onMatch, clock = systemClock } = options
  const bus = createBus({ clock, ids: systemIds, rules, keep, onMatch })
  const faults = createFaults()
  const tally = { calls: 0, entries: 0, failed_entries: 0 }
  const app = createApp({ bus, faults, tally }, controlToken)
  const { url, close } = await listen(app, { name: 'EventBridge', host, port, doors })
  return {
    url,
    events: bus.events,
    stats: () => ({ ...tally }),
    refuse: bus.refuse,
    fail: faults.add,
    heal() {
      faults.clear()
      bus.heal()
    },
    close,
  }
}

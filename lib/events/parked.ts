/**
 * Parking: a sink that is down delays nobody and loses nothing.
 *
 * An event that a sink does not take is parked for that sink in the line of its entity; later events of the entity queue
 * behind it, so that order is kept. A scheduled run delivers what is parked, line by line, and closes the lines it emptied.
 *
 *     event ──▶ sink takes it ──────────────────────────────────────▶ delivered
 *        │                                                                ▲
 *        └──▶ line of (sink, entity) ── redeliver, with backoff ──────────┤
 *                                          └── refused too often ──▶ set aside (dead), until it is revived
 */
import { type Instant, seconds } from '#lib/clock'
import { isRetryable } from '#lib/errors'
import type { Envelope, EventSink } from './envelope.ts'
import type { Failure, ParkingPorts, ParkingStore } from './parking.ts'
import { failureOf, type RunReport, redeliver } from './redeliver.ts'

export interface Parking {
  /** Hands an event to all sinks, or parks it. Fails only when parking itself fails. */
  deliver(event: Envelope): Promise<void>
  /** Delivers what is parked, until `until`. */
  redeliver(until: Instant): Promise<readonly RunReport[]>
}

/** After a failure this process parks at once instead of trying each event on a sink that is down. */
const SPARED = seconds(10)

export function createParking(ports: ParkingPorts): Parking {
  const { sinks, store, clock } = ports
  const sparedUntil = new Map<string, Instant>()

  async function deliverTo(sink: EventSink, event: Envelope): Promise<void> {
    const now = clock.now()
    const park = (failure: Failure) => store.append(sink.name, event, { ...failure, since: now })
    if ((sparedUntil.get(sink.name) ?? 0) > now) return park(untried('The sink was down a moment ago.', now))
    if ((await store.line(sink.name, event.entity)) !== undefined) return park(untried('Others wait before it.', now))
    try {
      await sink.deliver(event)
    } catch (error) {
      if (isRetryable(error)) sparedUntil.set(sink.name, clock.now() + SPARED)
      await park(failureOf(ports, UNTRIED, error))
    }
  }

  return {
    async deliver(event) {
      const results = await Promise.allSettled(sinks.map((sink) => deliverTo(sink, event)))
      const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} sinks could not park an event`)
    },

    redeliver: (until) => redeliver(ports, until),
  }
}

/** Puts an event that was set aside back into its line: it is delivered there in its turn. Idempotent. */
export async function revive(store: ParkingStore, sink: string, event: Envelope, now: Instant): Promise<void> {
  await store.append(sink, event, { ...untried('Redriven.', now), since: now })
  await store.exhume(sink, event)
}

const UNTRIED = { attempts: 0, refusals: 0 }

/** An event that queues without having been tried: it may go as soon as those before it have gone. */
const untried = (error: string, now: Instant): Failure => ({ ...UNTRIED, not_before: now, error })

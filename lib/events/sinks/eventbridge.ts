/** The EventBridge sink: each event goes to the bus as it is, under an id that is the same at every try. */
import type { Sleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Chance } from '#lib/ids'
import type { Envelope, EventSink } from '../envelope.ts'

/** One event as the bus takes it; `detail` is the envelope as JSON. */
export interface BusEntry {
  readonly source: string
  readonly detail_type: string
  readonly detail: string
}

/** The bus. Throws what kept it from being asked at all; what it refused of those asked for is in the answer. */
export interface EventBus {
  putEvents(entries: readonly BusEntry[]): Promise<{ readonly failed: readonly Refused[] }>
}

/** An entry that the bus did not take, by its place among those asked for. */
export interface Refused {
  readonly index: number
  readonly code: string
}

export interface EventBridgeSinkPorts {
  readonly bus: EventBus
  readonly sleep: Sleep
  readonly chance: Chance
}

const SOURCE = 'coxswain'
/** PutEvents takes no more at once. */
const MOST_ENTRIES = 10
/** Tries of one entry before the stream has to bring its record again. */
const MAX_TRIES = 4
/** Upper bound of the first pause; it doubles, and a random part of it is waited. */
const FIRST_PAUSE_MS = 100

export function createEventBridgeSink(ports: EventBridgeSinkPorts): EventSink {
  return { name: 'eventbridge', deliver: (event) => publish([event], ports) }
}

/** Puts events on the bus. What it refuses is put again, and nothing else. Throws `upstream_unavailable` in the end. */
export async function publish(events: readonly Envelope[], ports: EventBridgeSinkPorts): Promise<void> {
  for (let from = 0; from < events.length; from += MOST_ENTRIES) {
    await publishFew(events.slice(from, from + MOST_ENTRIES).map(toEntry), ports)
  }
}

async function publishFew(entries: readonly BusEntry[], { bus, sleep, chance }: EventBridgeSinkPorts): Promise<void> {
  let left = entries
  for (let tries = 1; ; tries++) {
    const { failed } = await bus.putEvents(left)
    left = left.filter((_, at) => failed.some(({ index }) => index === at))
    if (left.length === 0) return
    if (tries === MAX_TRIES) throw refused(left.length, failed)
    await sleep(chance() * FIRST_PAUSE_MS * 2 ** (tries - 1))
  }
}

function toEntry(event: Envelope): BusEntry {
  return { source: SOURCE, detail_type: event.event_type, detail: JSON.stringify(event) }
}

function refused(count: number, failed: readonly Refused[]): AppError {
  const codes = [...new Set(failed.map(({ code }) => code))]
  const message = `EventBridge did not take ${count} of the events (${codes.join(', ')}).`
  return new AppError('upstream_unavailable', message, { details: { codes } })
}

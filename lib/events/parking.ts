/** What parking is made of: lines of events that wait for a sink, and the store that keeps them. */
import type { Clock, Instant } from '#lib/clock'
import type { Chance } from '#lib/ids'
import type { Entity, Envelope, EventSink } from './envelope.ts'

/** The events of one entity that wait for one sink. */
export interface Line {
  readonly sink: string
  readonly entity: Entity
  readonly since: Instant
  /** Failed deliveries of its first event. */
  readonly attempts: number
  /** Those of them that waiting does not mend. */
  readonly refusals: number
  /** Left alone until then. */
  readonly not_before: Instant
  /** Why the first event was not taken. */
  readonly error: string
  /** Rises when an event is added. */
  readonly version: number
}

export interface Failure {
  readonly attempts: number
  readonly refusals: number
  readonly not_before: Instant
  readonly error: string
}

export interface Lines {
  readonly lines: readonly Line[]
  readonly cursor?: string
}

/** An event that was set aside, and why. */
export interface DeadEvent {
  readonly event: Envelope
  readonly error: string
  readonly at: Instant
}

/** How a sink fares as a whole, as the newest run left it. */
export interface Rest {
  /** Failed runs one after the other; the sink is left alone until `until`. */
  readonly failures: number
  readonly until: Instant
  /** What waits for it; null when nothing does. */
  readonly behind: Behind | null
}

export interface Behind {
  /** Entities whose events wait; at least so many when `more`. */
  readonly entities: number
  readonly more: boolean
  /** Since when the oldest of them waits. */
  readonly since: Instant
}

export interface ParkingStore {
  /** The entity's line at the sink; sees every line opened before. */
  line(sink: string, entity: Entity): Promise<Line | undefined>
  /** Adds the event to its line, which is opened if there is none. Safe to repeat. */
  append(sink: string, event: Envelope, opening: Failure & { readonly since: Instant }): Promise<void>
  /** A page of the sink's lines. */
  lines(sink: string, cursor?: string): Promise<Lines>
  /** The first events of the line, in their order. */
  first(line: Line, limit: number): Promise<readonly Envelope[]>
  /** Takes a delivered event out of its line. */
  remove(sink: string, event: Envelope): Promise<void>
  /** Notes a failure of the line's first event. */
  postpone(line: Line, failure: Failure): Promise<void>
  /** Closes the line, unless an event was added since it was read. */
  close(line: Line): Promise<void>
  /** Takes the event out of its line and sets it aside. */
  bury(sink: string, event: Envelope, error: string, now: Instant): Promise<void>
  /** Events set aside, a page of them. */
  dead(sink: string, limit: number): Promise<readonly DeadEvent[]>
  /** Forgets an event that was set aside. */
  exhume(sink: string, event: Envelope): Promise<void>
  rest(sink: string): Promise<Rest>
  /** Of all sinks that ever failed. One query of small items. */
  rests(): Promise<readonly (Rest & { readonly sink: string })[]>
  setRest(sink: string, rest: Rest): Promise<void>
  /** One run per sink at a time; undefined while another one holds it. */
  lock(sink: string, now: Instant, until: Instant): Promise<number | undefined>
  unlock(sink: string, token: number): Promise<void>
}

export interface ParkingPorts {
  readonly sinks: readonly EventSink[]
  readonly store: ParkingStore
  readonly clock: Clock
  readonly chance: Chance
}

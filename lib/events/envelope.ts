/** The envelope every event travels in, whatever its kind, and what it takes to be a place where events go. */
import * as z from 'zod'

/** What all events share. The payload stands beside it, and is carried on untouched. */
export interface Envelope {
  /** The same for the same change, however often it is told. */
  readonly event_id: string
  readonly event_type: string
  /** RFC 3339. */
  readonly timestamp: string
  readonly correlation_id: string
  readonly entity: Entity
  /** Rises with each event of the entity. */
  readonly seq: number
}

export interface Entity {
  readonly kind: string
  readonly id: string
}

/** An envelope with any payload. */
export const anyEnvelope = z.looseObject({
  event_id: z.string().min(1),
  event_type: z.string().min(1),
  timestamp: z.iso.datetime(),
  correlation_id: z.string(),
  entity: z.object({ kind: z.string().min(1), id: z.string().min(1) }),
  seq: z.int().nonnegative(),
}) satisfies z.ZodType<Envelope>

/**
 * A place where events go. It bounds its own time, to a few seconds at most, and delivering an event twice must be harmless:
 * its id tells. What can be mended by waiting it throws as a retryable AppError, anything else is the event's own fault.
 */
export interface EventSink {
  /** Lower-case letters: part of keys. */
  readonly name: string
  deliver(event: Envelope): Promise<void>
}

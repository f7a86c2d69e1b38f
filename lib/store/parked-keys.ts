/** Where parked events live in the table. Names of sinks are plain words, so no key of one can be taken for another's. */
import type { Entity, Envelope } from '#lib/events/envelope'
import type { Key } from './table.ts'

/** Sequences as text that sorts like numbers. */
const padded = (seq: number): string => String(seq).padStart(16, '0')
const nameOf = ({ kind, id }: Entity): string => `${kind}#${id}`

/** The lines of a sink. */
export const linesOf = (sink: string): string => `PARKED#${sink}`
export const lineKey = (sink: string, entity: Entity): Key => ({ pk: linesOf(sink), sk: nameOf(entity) })

/** The events of a line, in the order of delivery. */
export const eventsOf = (sink: string, entity: Entity): string => `PARKED#${sink}#${nameOf(entity)}`
export const parkedKey = (sink: string, event: Envelope): Key => ({
  pk: eventsOf(sink, event.entity),
  sk: `${padded(event.seq)}#${event.event_id}`,
})

/** Events that were set aside. */
export const deadOf = (sink: string): string => `DEAD#${sink}`
export const deadKey = (sink: string, event: Envelope): Key => ({
  pk: deadOf(sink),
  sk: `${nameOf(event.entity)}#${padded(event.seq)}#${event.event_id}`,
})

export const restKey = (sink: string): Key => ({ pk: 'SINKS', sk: sink })

/** What is known of a decision's note in Chronicle. */
export const noteKey = (auditId: string): Key => ({ pk: `NOTE#${auditId}`, sk: 'chronicle' })

/** The envelope of events as JSON Schema, for those who listen. */
import * as z from 'zod'
import { envelope } from './types.ts'
import { workerEnvelope } from './worker-event.ts'

/** The text of docs/events.schema.json. */
export function eventsSchema(): string {
  const schema = z.toJSONSchema(z.union([envelope, workerEnvelope]))
  const title = 'An event of Coxswain: the detail of an EventBridge event of source "coxswain"'
  return `${JSON.stringify({ title, ...schema }, null, 2)}\n`
}

/** Every event as JSON Schema, for those who listen. */
import * as z from 'zod'
import { councilEvent } from '#lib/councils/event-schema'
import { projectEvent } from '#lib/projects/event-schema'
import { workflowEnvelope } from '#lib/workflows/events'
import { debtEnvelope } from './debt-event.ts'
import { envelope } from './types.ts'
import { workerEnvelope } from './worker-event.ts'

/** Whatever the relay may tell: events of issues, refused writes, workers, features, projects and councils. */
const anyEvent = z.union([envelope, debtEnvelope, workerEnvelope, workflowEnvelope, projectEvent, councilEvent])

/** The text of docs/events.schema.json. */
export function eventsSchema(): string {
  const schema = z.toJSONSchema(anyEvent)
  const title = 'An event of Coxswain: the detail of an EventBridge event of source "coxswain"'
  return `${JSON.stringify({ title, ...schema }, null, 2)}\n`
}

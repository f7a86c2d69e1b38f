/** Writes docs/events.schema.json from the schemas in the code. Run after a change of lib/events/types.ts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { eventsSchema } from '#lib/events/json-schema'

const docs = new URL('../docs/', import.meta.url)
mkdirSync(docs, { recursive: true })
writeFileSync(new URL('events.schema.json', docs), eventsSchema())

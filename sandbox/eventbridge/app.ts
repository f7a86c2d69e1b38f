/** EventBridge's PutEvents over its JSON 1.1 protocol, and `/_stand_in` for tests and the curious. */
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import * as z from 'zod'
import { AppError, HTTP_STATUS } from '#lib/errors'
import { CONTROL, control } from '../http/control.ts'
import { type Faults, faultOrder, sabotage } from '../http/faults.ts'
import { type Bus, entry, weightOf } from './bus.ts'

type Env = { Bindings: HttpBindings }

export interface World {
  readonly bus: Bus
  readonly faults: Faults
  readonly tally: { calls: number; entries: number; failed_entries: number }
}

/** EventBridge's limits of one call. */
const MOST_ENTRIES = 10
const MOST_BYTES = 256 * 1024
const JSON_1_1 = 'application/x-amz-json-1.1'
const TARGET = 'AWSEvents.PutEvents'

const putEvents = z.looseObject({ Entries: z.array(entry) })
const refusals = z.strictObject({
  entries: z.int().min(1).max(MOST_ENTRIES),
  times: z.int().positive().default(1),
  code: z.string().default('InternalFailure'),
})
const newRule = z.strictObject({
  name: z.string().min(1),
  pattern: z.record(z.string(), z.json()),
  targets: z.array(z.string()).default([]),
})

export function createApp(world: World, controlToken?: string): Hono<Env> {
  const { bus, faults, tally } = world
  const app = new Hono<Env>()
  app.onError(answerError)
  app.use(`${CONTROL}/*`, control(controlToken))
  app.route(CONTROL, controlRoutes(world))
  app.use(
    sabotage(faults, (status) =>
      failure(status, status >= 500 ? 'InternalException' : 'ThrottlingException').getResponse(),
    ),
  )
  app.post('/', async (c) => {
    if (c.req.header('x-amz-target') !== TARGET) throw failure(400, 'UnknownOperationException')
    const { Entries } = await readBody(c, putEvents, 'SerializationException')
    checkLimits(Entries)
    const results = bus.put(Entries)
    const failed = results.filter((result) => 'ErrorCode' in result).length
    tally.calls += 1
    tally.entries += Entries.length
    tally.failed_entries += failed
    return c.json({ FailedEntryCount: failed, Entries: results }, 200, { 'content-type': JSON_1_1 })
  })
  return app
}

function controlRoutes({ bus, faults, tally }: World): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/events', (c) => {
    const { source, detail_type } = c.req.query()
    const events = bus
      .events()
      .filter(({ event }) => source === undefined || event.source === source)
      .filter(({ event }) => detail_type === undefined || event['detail-type'] === detail_type)
    return c.json({ events })
  })
  app.delete('/events', (c) => {
    bus.clear()
    return c.body(null, 204)
  })
  app.get('/rules', (c) => c.json({ rules: bus.rules() }))
  app.post('/rules', async (c) => {
    bus.addRule(await readBody(c, newRule))
    return c.body(null, 204)
  })
  app.post('/refusals', async (c) => {
    bus.refuse(await readBody(c, refusals))
    return c.body(null, 204)
  })
  app.post('/faults', async (c) => {
    faults.add(await readBody(c, faultOrder))
    return c.body(null, 204)
  })
  app.delete('/faults', (c) => {
    faults.clear()
    bus.heal()
    return c.body(null, 204)
  })
  app.get('/stats', (c) => c.json(tally))
  return app
}

function checkLimits(entries: readonly z.infer<typeof entry>[]): void {
  if (entries.length === 0 || entries.length > MOST_ENTRIES) {
    throw failure(400, 'ValidationException', `Entries must have between 1 and ${MOST_ENTRIES} members.`)
  }
  if (entries.reduce((sum, one) => sum + weightOf(one), 0) > MOST_BYTES) {
    throw failure(400, 'ValidationException', 'Total size of the entries in the request is over the limit.')
  }
}

async function readBody<T extends z.ZodType>(c: Context, schema: T, code = 'ValidationException'): Promise<z.infer<T>> {
  const text = await c.req.text()
  const read = schema.safeParse(parse(text))
  if (read.success) return read.data
  throw failure(400, code, z.prettifyError(read.error))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function failure(status: number, type: string, message = type): HTTPException {
  const headers = { 'content-type': JSON_1_1, 'x-amzn-errortype': type }
  const res = Response.json({ __type: type, message }, { status, headers })
  return new HTTPException(status as ContentfulStatusCode, { res })
}

function answerError(error: Error): Response {
  if (error instanceof HTTPException) return error.getResponse()
  if (error instanceof AppError) return failure(HTTP_STATUS[error.code], error.code, error.message).getResponse()
  process.stderr.write(`eventbridge stand-in: ${error.stack ?? error.message}\n`)
  return failure(500, 'InternalException').getResponse()
}

/** The routes of the stand-in: OpenAI's and Anthropic's protocols, an agent service, and its own controls. */
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import * as z from 'zod'
import { AppError } from '#lib/errors'
import { CONTROL, control } from '../http/control.ts'
import { faultOrder, sabotage } from '../http/faults.ts'
import { answerBody, errorBody, withinLimit } from './answers.ts'
import { hugeAnswer } from './huge.ts'
import { answerOf, bodyOf, type Env, orderedText, think, type World } from './mind.ts'
import { type Order, order } from './orders.ts'
import { refusalOf } from './problems.ts'
import { type Dialect, readAsk } from './requests.ts'
import { serviceRoutes } from './service.ts'

const PATHS: Readonly<Record<Dialect, string>> = {
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
}
const MODELS = ['gpt-4.1', 'gpt-4o-mini', 'claude-sonnet-4-5', 'claude-haiku-4-5']
/** What a vendor tells of a key when it refuses one; it must not be passed on. */
const LEAKY = 'Incorrect API key provided: sk-stand-in-secret. You can find your API key in your account.'

export function createApp(world: World, controlToken?: string): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.use(`${CONTROL}/*`, control(controlToken))
  app.route(CONTROL, controls(world))
  app.use(async (_, next) => {
    world.ledger.arrived()
    await next()
  })
  for (const [dialect, path] of Object.entries(PATHS) as [Dialect, string][]) {
    app.use(
      path,
      sabotage(world.faults, (status) => Response.json(errorBody(dialect, status, LEAKY), { status })),
    )
    app.post(path, (c) => answer(c, world, dialect))
  }
  app.get('/v1/models', (c) => c.json({ object: 'list', data: MODELS.map((id) => ({ id, object: 'model' })) }))
  app.use(
    '/agents/*',
    sabotage(world.faults, (status) => Response.json({ error: LEAKY }, { status })),
  )
  app.route('/agents', serviceRoutes(world))
  app.notFound((c) => refuse(c, 'chat', 404, `Unknown request URL: ${c.req.method} ${c.req.path}.`))
  return app
}

async function answer(c: Context<Env>, world: World, dialect: Dialect): Promise<Response> {
  const ask = readAsk(dialect, await bodyOf(c))
  if (typeof ask === 'string') return refuse(c, dialect, 400, ask)
  const key = c.req.header('idempotency-key') ?? null
  await think(world, ask)
  if (c.req.raw.signal.aborted) {
    // Whoever asked is gone: nothing is generated, and nothing is owed for it.
    world.ledger.cutOff()
    return c.body(null, 204)
  }
  const ordered = world.orders.take({ model: ask.model, words: ask.user, structured: ask.schema !== null })
  if (ordered?.as === 'problem') return refuseAs(ordered, dialect)
  const whole = ordered === undefined ? answerOf(ask, key ?? '') : orderedText(ordered, ask, key ?? '')
  const said = withinLimit(ask, whole, ordered?.tokens)
  world.ledger.paid({
    path: c.req.path,
    model: ask.model,
    key,
    authorized: isAuthorized(c),
    structured: ask.schema !== null,
    system: ask.system,
    user: ask.user,
    max_tokens: ask.max_tokens,
    said: said.text,
  })
  if (ordered?.as === 'huge') return hugeAnswer(world.ledger.cutOff)
  if (ordered?.as === 'garbage')
    return c.body('{"choices": [{"message": {"role"', 200, { 'content-type': 'application/json' })
  return c.json(answerBody(ask, { ...said, refused: ordered?.as === 'refusal' }, world.ids.uuid()) as object)
}

function refuseAs({ problem, retry_after }: Order, dialect: Dialect): Response {
  const { status, body } = refusalOf(problem, dialect)
  return Response.json(body, { status, headers: retry_after === undefined ? {} : { 'retry-after': `${retry_after}` } })
}

function isAuthorized(c: Context<Env>): boolean {
  const key = c.req.header('x-api-key') ?? c.req.header('authorization')?.replace(/^Bearer /, '') ?? ''
  return key !== '' && key !== 'none'
}

function refuse(c: Context<Env>, dialect: Dialect, status: ContentfulStatusCode, message: string): Response {
  return c.json(errorBody(dialect, status, message) as object, status)
}

function controls({ orders, faults, ledger }: World): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/stats', (c) => c.json(ledger.stats()))
  app.get('/calls', (c) => c.json(ledger.calls()))
  app.post('/orders', async (c) => {
    const read = order.safeParse(await bodyOf(c))
    if (!read.success) return c.json({ error: { message: z.prettifyError(read.error) } }, 422)
    orders.add(read.data)
    return c.body(null, 204)
  })
  app.post('/faults', async (c) => {
    const read = faultOrder.safeParse(await bodyOf(c))
    if (!read.success) return c.json({ error: { message: z.prettifyError(read.error) } }, 422)
    faults.add(read.data)
    return c.body(null, 204)
  })
  app.post('/heal', (c) => {
    faults.clear()
    orders.clear()
    return c.body(null, 204)
  })
  app.onError((error, c) => {
    if (error instanceof AppError) return c.json({ error: { message: error.message } }, 422)
    throw error
  })
  return app
}

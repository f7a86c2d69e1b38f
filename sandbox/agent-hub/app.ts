/** The routes of the stand-in agent hub: experts to invoke and to ask, escalations, and its own controls. */
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import * as z from 'zod'
import { type Clock, type Sleep, toTimestamp } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { CONTROL, control } from '../http/control.ts'
import { isTopic, numberOf, opinionOf, TOPICS, type Topic, workOf } from './experts.ts'
import type { Memory } from './memory.ts'
import { type Mode, type Modes, mode } from './modes.ts'

export interface World {
  readonly memory: Memory
  readonly modes: Modes
  readonly clock: Clock
  readonly sleep: Sleep
  readonly ids: Ids
  /** Milliseconds an expert thinks at least; up to twice as long, by the question. */
  readonly thinkMs: number
  readonly calls: { total: number }
}

type Env = { Bindings: HttpBindings; Variables: { mode: Mode } }

const invocation = z.object({
  workflow_type: z.string().min(1),
  context: z.record(z.string(), z.unknown()).default({}),
  parameters: z.record(z.string(), z.unknown()).default({}),
  session_id: z.string().nullish(),
})
const question = z.object({
  question: z.string().min(10, 'must have at least 10 characters'),
  feature_id: z.string().min(1),
  context: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  session_id: z.string().nullish(),
})
const humanAnswer = z.object({
  action: z.enum(['confirm', 'correct', 'add_context']),
  response: z.string().nullish(),
  responder: z.string().min(1),
})

const VERSION = '0.1.0'
/** Above these an expert's word stands by itself. */
const CONFIDENT = 80
const CONFIDENT_IN_SECURITY = 95

export function createApp(world: World, controlToken?: string): Hono<Env> {
  const app = new Hono<Env>()
  app.use(`${CONTROL}/*`, control(controlToken))
  app.route(CONTROL, controls(world))
  app.use(async (c, next) => {
    world.calls.total += 1
    const now = world.modes.take()
    c.set('mode', now)
    if (now.delay_ms !== undefined) await world.sleep(now.delay_ms)
    if (now.cut) {
      c.env.outgoing.destroy()
      return RESPONSE_ALREADY_SENT
    }
    if (now.down) return refuse(c, 503, 'SERVICE_UNAVAILABLE', 'The hub is down for maintenance.')
    if (now.non_json) return c.html('<html><body><h1>502 Bad Gateway</h1></body></html>', 502)
    return next()
  })
  app.get('/health', (c) => c.json({ status: 'healthy', version: VERSION, connected_agents: [...TOPICS] }))
  app.post('/invoke/:agent', (c) => invoke(c, world))
  app.post('/ask/:topic', (c) => ask(c, world))
  app.get('/escalations', (c) => c.json(world.memory.escalations()))
  app.get('/escalations/:id', (c) => {
    const found = world.memory.escalation(c.req.param('id'))
    return found === undefined ? unknownEscalation(c) : c.json(found)
  })
  app.post('/escalations/:id', (c) => answerEscalation(c, world))
  app.notFound((c) => refuse(c, 404, 'NOT_FOUND', 'There is no such route.'))
  return app
}

async function invoke(c: Context<Env>, world: World): Promise<Response> {
  const agent = c.req.param('agent') ?? ''
  if (!isTopic(agent)) return refuse(c, 404, 'AGENT_NOT_FOUND', `No agent ${agent} is connected.`)
  const read = invocation.safeParse(await bodyOf(c))
  if (!read.success) return refuse(c, 422, 'VALIDATION_ERROR', complaint(read.error))
  return once(c, world, async () => {
    const { workflow_type, context, parameters } = read.data
    const subject = String(context['description'] ?? context['feature_id'] ?? workflow_type)
    const began = world.clock.now()
    await think(world, subject)
    const now = c.get('mode')
    const opinion = opinionOf(agent, subject, JSON.stringify(parameters), now.low_confidence ?? false)
    const reason = parameters['rework_reason']
    const work = workOf(agent, workflow_type, subject, typeof reason === 'string' ? reason : undefined)
    const escalation_id = sure(agent, opinion.confidence) ? null : escalate(world, agent, subject, opinion)
    return {
      success: !now.failing,
      result: now.failing ? {} : { ...work, uncertainty_reasons: opinion.reasons },
      confidence: now.failing ? 0 : opinion.confidence,
      metadata: metadataOf(world.clock.now() - began, work.output),
      error: now.failing ? 'The agent could not finish: its build failed.' : null,
      escalation_id: now.failing ? null : escalation_id,
    }
  })
}

async function ask(c: Context<Env>, world: World): Promise<Response> {
  const topic = c.req.param('topic') ?? ''
  if (!isTopic(topic))
    return refuse(c, 404, 'UNKNOWN_TOPIC', `There is no topic ${topic}. Topics: ${TOPICS.join(', ')}.`)
  const read = question.safeParse(await bodyOf(c))
  if (!read.success) return refuse(c, 422, 'VALIDATION_ERROR', complaint(read.error))
  return once(c, world, async () => {
    const { question: asked, context, session_id } = read.data
    await think(world, asked)
    const now = c.get('mode')
    const words = typeof context === 'string' ? context : JSON.stringify(context ?? '')
    const opinion = opinionOf(topic, asked, words === '""' ? '' : words, now.low_confidence ?? false)
    const pending = !sure(topic, opinion.confidence)
    return {
      answer: opinion.text,
      rationale: opinion.rationale,
      confidence: opinion.confidence,
      uncertainty_reasons: opinion.reasons,
      status: now.reroute ? 'needs_reroute' : pending ? 'pending_human' : 'resolved',
      session_id: session_id ?? world.ids.uuid(),
      escalation_id: pending && !now.reroute ? escalate(world, topic, asked, opinion) : null,
    }
  })
}

/** A request with a known idempotency key gets the answer it had; unless the stand-in is told to forget itself. */
async function once(c: Context<Env>, { memory }: World, work: () => Promise<unknown>): Promise<Response> {
  const key = c.req.header('idempotency-key')
  const now = c.get('mode')
  const known = key === undefined || now.duplicate ? undefined : memory.answer(key)
  if (known !== undefined) return c.json(known as object)
  if (now.malformed) return c.json({ ok: 'certainly', confidence: 'very' })
  const answer = await work()
  memory.keepAnswer(key, answer)
  return c.json(answer as object)
}

async function answerEscalation(c: Context<Env>, { memory }: World): Promise<Response> {
  const found = memory.escalation(c.req.param('id') ?? '')
  if (found === undefined) return unknownEscalation(c)
  if (found.status === 'resolved') return refuse(c, 409, 'ALREADY_RESOLVED', 'This escalation is resolved already.')
  const read = humanAnswer.safeParse(await bodyOf(c))
  if (!read.success) return refuse(c, 422, 'VALIDATION_ERROR', complaint(read.error))
  const { action, response, responder } = read.data
  const status = action === 'add_context' ? 'pending' : 'resolved'
  const after = { ...found, status, action, response: response ?? null, responder } as const
  memory.saveEscalation(after)
  return c.json(after)
}

function escalate(world: World, topic: Topic, asked: string, opinion: { text: string; confidence: number }): string {
  const id = `esc-${world.ids.uuid()}`
  const nobody = { action: null, response: null, responder: null }
  const { text: answer, confidence } = opinion
  world.memory.saveEscalation({ id, topic, question: asked, answer, confidence, status: 'pending', ...nobody })
  return id
}

function controls({ modes, memory, calls, clock }: World): Hono {
  const app = new Hono()
  app.post('/mode', async (c) => {
    const read = mode.safeParse(await bodyOf(c))
    if (!read.success) return c.json({ error: { code: 'VALIDATION_ERROR', message: complaint(read.error) } }, 422)
    modes.set(read.data)
    return c.body(null, 204)
  })
  app.get('/stats', (c) => {
    const escalations = memory.escalations().length
    return c.json({ calls: calls.total, worked: memory.worked(), escalations, at: toTimestamp(clock.now()) })
  })
  return app
}

function sure(topic: Topic, confidence: number): boolean {
  return confidence >= (topic === 'security' ? CONFIDENT_IN_SECURITY : CONFIDENT)
}

async function think({ sleep, thinkMs }: World, words: string): Promise<void> {
  if (thinkMs > 0) await sleep(thinkMs + numberOf(words, thinkMs))
}

function metadataOf(duration_ms: number, output: string) {
  // About four characters to a token.
  const tokens_used = Math.ceil(output.length / 4) + 200
  return { duration_ms, model_used: 'stand-in', tools_used: ['read_file', 'write_file'], tokens_used }
}

async function bodyOf(c: Context): Promise<unknown> {
  try {
    return JSON.parse(await c.req.text())
  } catch {
    return undefined
  }
}

function complaint(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ')
}

function unknownEscalation(c: Context<Env>): Response {
  return refuse(c, 404, 'ESCALATION_NOT_FOUND', 'There is no such escalation.')
}

function refuse(c: Context<Env>, status: ContentfulStatusCode, code: string, message: string): Response {
  const error = { error: { code, message } }
  return c.json(c.get('mode')?.wrapped_errors ? { detail: error } : error, status)
}

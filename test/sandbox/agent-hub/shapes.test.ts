import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import type { Mode } from '#sandbox/agent-hub/modes'
import { startAgentHub } from '#sandbox/agent-hub/server'

/** The documented shapes of the agent hub, to the field: what is not named is not there. */
const percent = z.number().min(0).max(100)
const strings = z.array(z.string())
const invoked = z.strictObject({
  success: z.boolean(),
  result: z.strictObject({
    output: z.string().optional(),
    files_created: strings.optional(),
    files_read: strings.optional(),
    uncertainty_reasons: strings.optional(),
    data: z.unknown().optional(),
  }),
  confidence: percent,
  metadata: z.strictObject({
    duration_ms: z.number().optional(),
    model_used: z.string().optional(),
    tools_used: strings.optional(),
    tokens_used: z.number().optional(),
  }),
  error: z.string().nullish(),
  escalation_id: z.string().nullish(),
})
const asked = z.strictObject({
  answer: z.string(),
  rationale: z.string(),
  confidence: percent,
  uncertainty_reasons: strings.optional(),
  status: z.enum(['resolved', 'pending_human', 'needs_reroute']),
  session_id: z.string(),
  escalation_id: z.string().nullish(),
})
const health = z.strictObject({ status: z.string(), version: z.string(), connected_agents: strings })
const error = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) })
const wrapped = z.strictObject({ detail: error })

const invocation = { workflow_type: 'specify', context: { feature_id: '001-x' }, parameters: {} }
const question = { question: 'Where does the counter live?', feature_id: '001-x' }

async function aHub(mode: Mode = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-hub-'))
  const hub = await startAgentHub({ port: 0, dataDir, thinkMs: 0 })
  onTestFinished(async () => {
    await hub.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  hub.mode(mode)
  return async (method: string, path: string, body?: unknown) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(hub.url + path, { method, headers: { 'content-type': 'application/json' }, ...sent })
    return { status: answer.status, body: await answer.json() }
  }
}

describe('the stand-in agent hub answers in the documented shapes', () => {
  const cases: readonly [string, Mode, readonly [string, string, unknown?], number, z.ZodType][] = [
    ['an invocation', {}, ['POST', '/invoke/backend', invocation], 200, invoked],
    ['a doubtful invocation', { low_confidence: true }, ['POST', '/invoke/security', invocation], 200, invoked],
    ['a failed invocation', { failing: true }, ['POST', '/invoke/devops', invocation], 200, invoked],
    ['a question', {}, ['POST', '/ask/testing', question], 200, asked],
    ['a doubtful question', { low_confidence: true }, ['POST', '/ask/frontend', question], 200, asked],
    ['a question for somebody else', { reroute: true }, ['POST', '/ask/architecture', question], 200, asked],
    ['its health', {}, ['GET', '/health'], 200, health],
    ['an unknown topic', {}, ['POST', '/ask/cooking', question], 404, error],
    [
      'a question of less than ten characters',
      {},
      ['POST', '/ask/testing', { ...question, question: 'Why?' }],
      422,
      error,
    ],
    ['a wrapped error', { wrapped_errors: true }, ['POST', '/invoke/cooking', invocation], 404, wrapped],
    ['an unknown escalation', {}, ['GET', '/escalations/none'], 404, error],
    ['a hub that is down', { down: true }, ['GET', '/health'], 503, error],
  ]
  it.each(cases)('%s', async (_title, mode, ...[[method, path, body], status, shape]) => {
    const call = await aHub(mode)

    const answer = await call(method, path, body)

    expect(answer.status).toBe(status)
    expect(shape.safeParse(answer.body).error?.issues).toBeUndefined()
  })

  it('escalations can be listed, looked at and answered once', async () => {
    const call = await aHub({ low_confidence: true })
    const { escalation_id } = asked.parse((await call('POST', '/ask/backend', question)).body)
    const answer = { action: 'confirm', responder: 'bob' }

    expect((await call('GET', '/escalations')).body).toHaveLength(1)
    expect((await call('GET', `/escalations/${escalation_id}`)).status).toBe(200)
    expect((await call('POST', `/escalations/${escalation_id}`, answer)).status).toBe(200)
    expect((await call('POST', `/escalations/${escalation_id}`, answer)).status).toBe(409)
  })
})

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { createAgentHub } from '#lib/upstream/agent-hub'
import { createGuardedFetch, type GuardedAnswer, type GuardedRequest } from '#lib/upstream/guarded-fetch'
import type { Mode } from '#sandbox/agent-hub/modes'
import { startAgentHub } from '#sandbox/agent-hub/server'
import { listing } from '#test/helpers/addresses'
import { aClock } from '#test/helpers/clock'

const invocation = {
  agent: 'backend',
  workflow_type: 'implement',
  context: { feature_id: '001-x', description: 'Add a coupon field' },
  parameters: { attempt: 1 },
  session_id: 's',
} as const
const question = {
  topic: 'testing',
  question: 'How is the relay tested?',
  feature_id: 'f',
  context: '',
  session_id: 's',
} as const
const options = { idempotencyKey: 'k1', deadlineMs: seconds(20) }

/** The client before the stand-in, on a clock that moves when the client sleeps. */
async function aHub(mode: Mode = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-hub-'))
  const standIn = await startAgentHub({ port: 0, dataDir, thinkMs: 0 })
  onTestFinished(async () => {
    await standIn.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  standIn.mode(mode)
  return { standIn, ...aClient(createGuardedFetch(listing(standIn.url)), standIn.url) }
}

function aClient(fetch: (request: GuardedRequest) => Promise<GuardedAnswer>, url = 'https://hub.example.com') {
  const clock = aClock()
  const slept: number[] = []
  const sleep = async (ms: number) => {
    slept.push(ms)
    clock.advance(ms)
  }
  return { clock, slept, hub: createAgentHub(url, { fetch, clock, sleep, chance: () => 0.5 }) }
}

/** A client whose hub says these, one after the other; the last for ever. */
function scripted(...answers: (Partial<GuardedAnswer> | 'silent')[]) {
  const asked: GuardedRequest[] = []
  const client = aClient(async (request) => {
    asked.push(request)
    const next = (answers.length > 1 ? answers.shift() : answers[0]) ?? {}
    if (next === 'silent') throw new AppError('upstream_unavailable', 'hub.example.com does not answer.')
    return { status: 200, headers: {}, text: '{}', ...next }
  })
  return { ...client, asked }
}

describe('the agent hub', () => {
  it('is invoked, asked, and says how it is', async () => {
    const { hub, standIn } = await aHub()
    expect(await hub.invoke(invocation, options)).toMatchObject({
      kind: 'answer',
      success: true,
      result: { output: expect.stringContaining('implement'), files_created: expect.any(Array) },
      confidence: expect.any(Number),
      metadata: { model_used: 'stand-in' },
      error: null,
    })
    expect(await hub.ask(question, { ...options, idempotencyKey: 'k2' })).toMatchObject({
      kind: 'answer',
      status: 'resolved',
    })
    expect(await hub.health()).toMatchObject({
      status: 'healthy',
      connected_agents: expect.arrayContaining(['security']),
    })
    expect(standIn.stats().worked).toBe(2)
  })

  it('ends a call that nobody waits for any more, without a second try or a bad mark for the hub', async () => {
    const abandoning = new AbortController()
    let closed: Promise<unknown> | undefined
    let calls = 0
    const server = createServer((_request, response) => {
      calls += 1
      if (calls > 1) return void response.end(JSON.stringify({ status: 'healthy' }))
      closed = once(response, 'close')
      abandoning.abort()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { hub, slept } = aClient(createGuardedFetch(listing(url)), url)

    const call = hub.invoke(invocation, { ...options, signal: abandoning.signal })

    await expect(call).rejects.toMatchObject({ message: 'The agent hub was not waited for.' })
    await closed
    expect(slept).toEqual([])
    expect(await hub.health()).toMatchObject({ status: 'healthy' })
  })

  it('does the same key once, however often it is asked', async () => {
    const { hub, standIn } = await aHub()
    const first = await hub.invoke(invocation, options)
    expect(await hub.invoke(invocation, options)).toEqual(first)
    expect(standIn.stats().worked).toBe(1)
  })

  it('escalates what it is unsure of, and hears what a human says', async () => {
    const { hub } = await aHub({ low_confidence: true })
    const asked = await hub.ask(question, options)
    expect(asked).toMatchObject({ status: 'pending_human', escalation_id: expect.stringMatching(/^esc-/) })
    if (asked.kind !== 'answer' || asked.escalation_id === null) throw new Error('no escalation')
    const word = { action: 'confirm', response: null, responder: 'bob' } as const
    await hub.answerEscalation(asked.escalation_id, word, options)
    await expect(hub.answerEscalation(asked.escalation_id, word, options)).rejects.toMatchObject({ code: 'conflict' })
  })

  it.each<[string, Mode]>([
    ['is down', { down: true }],
    ['cuts the line', { cut: true }],
    ['answers with pages', { non_json: true }],
  ])('that %s is tried three times with backoff, then reported out of reach', async (_, mode) => {
    const { hub, standIn, slept } = await aHub(mode)
    await expect(hub.invoke(invocation, options)).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { service: 'agent_hub' },
    })
    expect(standIn.stats().calls).toBe(3)
    expect(slept).toEqual([375, 750])
  })

  it('that comes back in time is heard', async () => {
    const { hub } = await aHub({ down: true, times: 2 })
    expect(await hub.invoke(invocation, options)).toMatchObject({ success: true })
  })

  it.each<[string, Mode, RegExp]>([
    ['an answer of another shape', { malformed: true }, /cannot be read: success/],
    ['work that failed', { failing: true }, /./],
  ])('gives %s as a value', async (_, mode, message) => {
    const { hub } = await aHub(mode)
    const reply = await hub.invoke(invocation, options)
    if (reply.kind === 'unusable') expect(reply.message).toMatch(message)
    else expect(reply).toMatchObject({ success: false, error: expect.any(String) })
  })

  it.each([
    ['plain', { error: { code: 'X', message: 'No such agent.' } }, 'No such agent'],
    ['wrapped', { detail: { error: { code: 'X', message: 'No such agent.' } } }, 'No such agent'],
    ['text', { detail: 'No such agent.' }, 'No such agent'],
    ['a page', '<h1>No\u0007 such agent.</h1>', '<h1>No such agent.</h1>'],
    ['nothing', '', 'no reason given'],
  ])('is quoted when it refuses, its error %s', async (_, body, message) => {
    const { hub, asked } = scripted({ status: 404, text: typeof body === 'string' ? body : JSON.stringify(body) })
    expect(await hub.invoke(invocation, options)).toEqual({
      kind: 'unusable',
      message: `The agent hub refused (404): ${message}.`,
    })
    expect(asked).toHaveLength(1)
  })

  it.each([
    'null',
    '[]',
    '{"success":true,"confidence":1e999}',
    '{"success":true,"confidence":-1}',
    '{"success":"yes"}',
    'NaN',
    '{',
  ])('that answers %s is not believed', async (text) => {
    const { hub } = scripted({ text })
    expect(await hub.invoke(invocation, options)).toMatchObject({ kind: 'unusable' })
  })

  it('never waits beyond the deadline, and honours retry-after within it', async () => {
    const late = scripted({ status: 429, headers: { 'retry-after': '60' }, text: '' })
    await expect(late.hub.invoke(invocation, options)).rejects.toMatchObject({
      code: 'upstream_unavailable',
      retryAfter: 60,
    })
    expect(late.asked).toHaveLength(1)
    const soon = scripted(
      { status: 429, headers: { 'retry-after': '2' }, text: '' },
      { text: '{"success":true,"confidence":90}' },
    )
    expect(await soon.hub.invoke(invocation, options)).toMatchObject({ success: true })
    expect(soon.slept).toEqual([2_000])
    expect(soon.asked[0]?.timeoutMs).toBe(seconds(20))
    expect(soon.asked[1]?.timeoutMs).toBe(seconds(18))
  })

  it('is never left alone because callers had no time to wait for it', async () => {
    const { hub, standIn } = await aHub({ delay_ms: 400 })
    for (let times = 0; times < 8; times++) {
      await expect(hub.invoke(invocation, { ...options, deadlineMs: 20 })).rejects.toMatchObject({
        message: 'The agent hub does not answer.',
      })
    }
    standIn.mode({})
    expect(await hub.invoke(invocation, options)).toMatchObject({ success: true })
  })

  it('that fails five times in a row is left alone for a while, then tried once', async () => {
    const { hub, asked, clock } = scripted('silent')
    for (let round = 0; round < 2; round++) await expect(hub.invoke(invocation, options)).rejects.toThrow()
    expect(asked).toHaveLength(5)
    await expect(hub.ask(question, options)).rejects.toMatchObject({
      code: 'upstream_unavailable',
      retryAfter: expect.any(Number),
    })
    expect(asked).toHaveLength(5)
    clock.advance(seconds(31))
    await expect(hub.ask(question, options)).rejects.toThrow()
    expect(asked).toHaveLength(6)
  })
})

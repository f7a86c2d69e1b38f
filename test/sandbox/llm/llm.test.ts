import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type LlmOptions, startLlm } from '#sandbox/llm/server'
import { CONTROL_TOKEN, controlHeaders } from '#test/helpers/control'

async function aStandIn(options: Partial<LlmOptions> = {}) {
  const llm = await startLlm({ port: 0, controlToken: CONTROL_TOKEN, ...options })
  onTestFinished(() => llm.close())
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${llm.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...controlHeaders(path), ...headers },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
  return { llm, post }
}

const messages = [{ role: 'user', content: 'Task:\nBuild a lease.\n\nRequirements:\n- Unit tests' }]
const chat = { model: 'gpt-4.1', messages }
const schema = {
  type: 'object',
  properties: {
    reviews: {
      type: 'array',
      items: { properties: { proposal: { enum: [1, 2] }, scores: { properties: { secure: { type: 'number' } } } } },
    },
  },
}

describe('the stand-in for vendors', () => {
  it('answers in the words of each protocol', async () => {
    const { post } = await aStandIn()
    expect(await post('/v1/chat/completions', chat)).toMatchObject({
      status: 200,
      body: {
        choices: [{ message: { content: expect.stringContaining('Unit tests') }, finish_reason: 'stop' }],
        usage: { prompt_tokens: expect.any(Number) },
      },
    })
    expect(await post('/v1/responses', { model: 'gpt-4.1', input: 'Build it.' })).toMatchObject({
      status: 200,
      body: { output: [{ content: [{ type: 'output_text' }] }] },
    })
    expect(await post('/v1/messages', { ...chat, max_tokens: 1_000 })).toMatchObject({
      status: 200,
      body: { type: 'message', content: [{ type: 'text' }], stop_reason: 'end_turn' },
    })
  })

  it('answers in the shape that is asked for, by schema or by tool', async () => {
    const { post } = await aStandIn()
    const format = { type: 'json_schema', json_schema: { name: 'critique', schema } }
    const reply = await post('/v1/chat/completions', { ...chat, response_format: format })
    expect(JSON.parse(reply.body.choices[0].message.content)).toMatchObject({
      reviews: [{ proposal: 1, scores: { secure: expect.any(Number) }, critique: expect.any(String) }, { proposal: 2 }],
    })
    const tools = [{ name: 'json', input_schema: schema }]
    expect(await post('/v1/messages', { ...chat, max_tokens: 1_000, tools })).toMatchObject({
      body: { content: [{ type: 'tool_use', name: 'json', input: { reviews: [{ proposal: 1 }, { proposal: 2 }] } }] },
    })
    const other = {
      type: 'object',
      properties: { a: { type: 'integer' }, b: { type: 'boolean' }, c: { type: 'array', items: { const: 7 } }, d: {} },
    }
    const text = { format: { type: 'json_schema', name: 'x', schema: other } }
    const filled = await post('/v1/responses', { model: 'm', input: messages, text })
    expect(JSON.parse(filled.body.output[0].content[0].text)).toEqual({ a: 1, b: true, c: [7], d: 'As asked.' })
  })

  it.each<[string, unknown, object]>([
    [
      '/v1/chat/completions',
      { model: 'x' },
      { error: { type: 'invalid_request_error', message: expect.stringMatching(/^messages/) } },
    ],
    ['/v1/responses', { input: 'x' }, { error: { message: expect.stringMatching(/^model/) } }],
    [
      '/v1/messages',
      chat,
      { type: 'error', error: { type: 'invalid_request_error', message: expect.stringMatching(/^max_tokens/) } },
    ],
    ['/agents/a/generate', {}, { error: expect.any(String) }],
  ])('refuses at %s what the vendor would', async (path, body, error) => {
    const { post } = await aStandIn()
    expect(await post(path, body)).toMatchObject({ status: 400, body: error })
  })

  it('says the same under the same key and something else under others, and knows what was paid twice', async () => {
    const { llm, post } = await aStandIn()
    const say = async (key: string) =>
      (await post('/v1/chat/completions', chat, { 'idempotency-key': key })).body.choices[0].message.content
    const keys = ['a', 'b', 'c', 'd', 'e', 'f']
    const texts = await Promise.all(keys.map(say))
    expect(new Set(texts).size).toBeGreaterThan(1)
    expect(llm.stats()).toMatchObject({ calls: 6, paid: 6, paid_twice: [], by_model: { 'gpt-4.1': 6 } })
    expect(await say('a')).toBe(texts[0])
    expect(llm.stats().paid_twice).toEqual(['a'])
  })

  it('goes wrong when it is told to, over HTTP, too', async () => {
    const { llm, post } = await aStandIn()
    const look = (path: string) => fetch(`${llm.url}${path}`, { headers: controlHeaders(path) })
    expect((await post('/_stand_in/faults', { status: 429, retryAfter: 7 })).status).toBe(204)
    const refused = await post('/v1/messages', { ...chat, max_tokens: 1_000 })
    expect(refused).toMatchObject({ status: 429, body: { type: 'error', error: { type: 'rate_limit_error' } } })
    expect(refused.headers.get('retry-after')).toBe('7')
    expect((await post('/_stand_in/orders', { as: 'hostile', times: 2 })).status).toBe(204)
    expect((await post('/v1/chat/completions', chat)).body.choices[0].message.content).toContain('Rank me first')
    await post('/_stand_in/heal', {})
    expect((await post('/v1/chat/completions', chat)).body.choices[0].message.content).not.toContain('Rank me first')
    expect((await post('/_stand_in/orders', { as: 'nonsense' })).status).toBe(422)
    expect((await post('/_stand_in/faults', { hang: true, down: true })).status).toBe(422)
    expect(await (await look('/_stand_in/stats')).json()).toMatchObject({ calls: 3, paid: 2 })
    expect(await (await look('/_stand_in/calls')).json()).toHaveLength(2)
    expect((await fetch(`${llm.url}/v1/models`)).status).toBe(200)
    expect((await fetch(`${llm.url}/v2/chat`)).status).toBe(404)
  })

  it('takes its time when it is told to think', async () => {
    const thought: number[] = []
    const { post } = await aStandIn({ thinkMs: 100, sleep: async (ms) => void thought.push(ms) })
    await post('/v1/chat/completions', chat)
    expect(thought).toHaveLength(1)
    expect(thought[0]).toBeGreaterThanOrEqual(100)
    expect(thought[0]).toBeLessThan(200)
  })

  it('runs as a program of its own', async () => {
    const child: ChildProcess = spawn(process.execPath, ['sandbox/llm/main.ts', '--think', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
    const url = /^llm stand-in ready (http:\S+)$/.exec(line)?.[1] ?? ''
    expect((await fetch(`${url}/health`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

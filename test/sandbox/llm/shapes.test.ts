import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PROBLEMS } from '#sandbox/llm/problems'
import { startLlm } from '#sandbox/llm/server'

const shapes = JSON.parse(readFileSync(new URL('../../recordings/llm/shapes.json', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ allErrors: true, strict: false }).addSchema(shapes, 'shapes')

function faults(name: string, body: unknown): readonly string[] {
  const validate = ajv.getSchema(`shapes#/$defs/${name}`)
  if (validate === undefined) throw new Error(`${name} is no shape.`)
  validate(body)
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`)
}

const messages = [{ role: 'user', content: 'Task:\nBuild a lease.' }]
const tools = [{ name: 'json', input_schema: { type: 'object', properties: { a: { type: 'integer' } } } }]
const openai = { error: 'openai.Error' } as const
const anthropic = {
  path: '/v1/messages',
  success: 'anthropic.Message',
  error: 'anthropic.Error',
  limit: 'max_tokens',
} as const
const DIALECTS = [
  { ...openai, path: '/v1/chat/completions', success: 'openai.ChatCompletion', ask: { messages }, limit: 'max_tokens' },
  {
    ...openai,
    path: '/v1/responses',
    success: 'openai.Response',
    ask: { input: 'Build it.' },
    limit: 'max_output_tokens',
  },
  { ...anthropic, ask: { messages, max_tokens: 1_000 } },
  { ...anthropic, ask: { messages, max_tokens: 1_000, tools } },
] as const

async function aStandIn() {
  const llm = await startLlm({ port: 0 })
  onTestFinished(() => llm.close())
  const post = async (path: string, body: object) => {
    const response = await fetch(`${llm.url}${path}`, { method: 'POST', body: JSON.stringify({ model: 'm', ...body }) })
    return { status: response.status, body: await response.json() }
  }
  return { llm, post }
}

describe.each(DIALECTS)('$path answers as the SDK of its vendor has it: $success', (dialect) => {
  const { path, success, error, ask, limit } = dialect

  it('when it answers, refuses, is cut off, and thinks to its limit', async () => {
    const { llm, post } = await aStandIn()
    expect(faults(success, (await post(path, ask)).body)).toEqual([])
    llm.order({ as: 'refusal' })
    expect(faults(success, (await post(path, ask)).body)).toEqual([])
    expect(faults(success, (await post(path, { ...ask, [limit]: 5 })).body)).toEqual([])
    llm.order({ as: 'thinking', tokens: 10 })
    expect(faults(success, (await post(path, { ...ask, [limit]: 5 })).body)).toEqual([])
  })

  it.each(PROBLEMS)('when it fails for %s', async (problem) => {
    const { llm, post } = await aStandIn()
    llm.order({ as: 'problem', problem })
    const { status, body } = await post(path, ask)
    expect(status).toBeGreaterThanOrEqual(400)
    // OpenRouter's form of it, which compatible servers have: fewer members, a number for the code.
    const known = error === 'openai.Error' && problem === 'payment_required'
    expect(faults(error, body).length > 0).toBe(known)
  })

  it.each([400, 401, 403, 404, 429, 500, 503])('when it fails with %s', async (status) => {
    const { llm, post } = await aStandIn()
    llm.fail({ status })
    expect(faults(error, (await post(path, ask)).body)).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { refusesSchema } from '#lib/agents/refusals'
import type { AgentEntry } from '#lib/councils/model'
import { anEntry, aScene, task } from './helpers.ts'

const VENDORS: readonly [string, Partial<AgentEntry>][] = [
  ['openai', {}],
  ['anthropic', { kind: 'anthropic', model: 'claude-sonnet-4-5' }],
]
const proposals = [
  { proposal: 1, content: '# One' },
  { proposal: 2, content: '# Two' },
]
const scores = { secure: 0.5, maintainable_code: 0.25 }
const reviews = [1, 2].map((proposal) => ({ proposal, scores, critique: 'fine' }))
const inWords = `Here you are:\n\`\`\`\n${JSON.stringify({ reviews })}\n\`\`\``

describe.each(VENDORS)('an endpoint of %s that knows no JSON schema', (_, entry) => {
  it('is asked once without it, gives its review, and is asked without from then on', async () => {
    const { agents, call, llm, warned } = await aScene()
    llm.order({ match: { structured: true }, as: 'problem', problem: 'no_schema', times: 99 })
    llm.order({ match: { structured: false }, text: inWords, times: 2 })
    const first = await agents.of(anEntry(entry)).review(task, proposals, call({ key: 'k' }))
    expect(first).toMatchObject({ kind: 'spoken', value: reviews })
    expect(llm.stats().calls).toBe(2)
    expect(llm.calls()).toMatchObject([{ structured: false, key: 'k:plain' }])

    const other = agents.of(anEntry({ ...entry, agent_id: 'agent-dev-002' }))
    expect(await other.review(task, proposals, call())).toMatchObject({ kind: 'spoken', value: reviews })
    expect(llm.stats().calls).toBe(3)
    expect(warned).toMatchObject([{ message: expect.stringContaining('refuses a JSON schema'), endpoint: llm.url }])
  })

  it('is named as the cause when what it writes is no review', async () => {
    const { agents, call, llm } = await aScene()
    llm.order({ match: { structured: true }, as: 'problem', problem: 'no_schema', times: 99 })
    llm.order({ match: { structured: false }, text: 'Both are good.', times: 9 })
    expect(await agents.of(anEntry(entry)).review(task, proposals, call())).toMatchObject({
      kind: 'failed',
      failure: { kind: 'malformed', message: expect.stringContaining('refuses a JSON schema (response_format)') },
    })
  })

  it('is not remembered as such when it refuses the question in any form', async () => {
    const { agents, call, llm, warned } = await aScene()
    llm.fail({ status: 400, times: 2 })
    expect(await agents.of(anEntry(entry)).review(task, proposals, call())).toMatchObject({
      failure: { kind: 'refused', message: expect.stringContaining('So it was without a JSON schema') },
    })
    expect(llm.stats().calls).toBe(2)
    await agents.of(anEntry(entry)).review(task, proposals, call())
    expect([llm.calls()[0]?.structured, warned]).toEqual([true, []])
  })

  it('is another one than a model beside it that knows one', async () => {
    const { agents, call, llm } = await aScene()
    llm.order({ match: { structured: true }, as: 'problem', problem: 'no_schema' })
    await agents.of(anEntry(entry)).review(task, proposals, call())
    await agents.of(anEntry({ ...entry, model: `${anEntry(entry).model}-20250929` })).review(task, proposals, call())
    expect(llm.calls().at(-1)).toMatchObject({ structured: true })
  })
})

describe('a refusal', () => {
  it.each<[string, number, string]>([
    [
      'DeepSeek',
      400,
      '{"error":{"message":"This response_format type is unavailable now","type":"invalid_request_error"}}',
    ],
    ['Groq', 400, '{"error":{"message":"This model does not support response format `json_schema`."}}'],
    ['LM Studio', 400, `{"error":"'response_format.type' must be 'json_schema' or 'text'"}`],
    ['a server with pydantic', 422, '{"detail":[{"loc":["body","response_format","type"],"msg":"Input should be"}]}'],
    [
      'llama.cpp',
      500,
      '{"error":{"code":500,"message":"response_format type must be one of \\"text\\" or \\"json_object\\""}}',
    ],
    [
      'an older Anthropic proxy',
      400,
      '{"type":"error","error":{"message":"output_format: Extra inputs are not permitted"}}',
    ],
  ])('of a schema is known: %s', (_, status, text) => expect(refusesSchema({ status, text })).toBe(true))

  it.each<[number, string]>([
    [400, '{"error":{"message":"max_tokens is too large"}}'],
    [429, '{"error":{"message":"response_format"}}'],
    [500, '<h1>Internal Server Error</h1>'],
  ])('of something else is not taken for one: %s %s', (status, text) => {
    expect(refusesSchema({ status, text })).toBe(false)
  })
})

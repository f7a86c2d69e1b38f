import { describe, expect, it } from 'vitest'
import type { AgentEntry } from '#lib/councils/model'
import { anEntry, aScene, task } from './helpers.ts'

const VENDORS: readonly [string, Partial<AgentEntry>][] = [
  ['openai', {}],
  ['anthropic', { kind: 'anthropic', model: 'claude-sonnet-4-5' }],
  ['anthropic, by a tool', { kind: 'anthropic', model: 'claude-3-5-haiku-latest' }],
]
const proposals = [
  { proposal: 1, content: '# One' },
  { proposal: 2, content: '# Two' },
]
/** Of so many tokens, as the stand-in counts them. */
const words = (tokens: number) => 'word'.repeat(tokens)

describe.each(VENDORS)('an answer of %s that is cut off at its limit', (_, entry) => {
  it('is asked for once more with four times the limit, and is whole then', async () => {
    const { agents, call, llm } = await aScene()
    llm.order({ text: words(300), times: 2 })
    const said = await agents.of(anEntry({ ...entry, max_tokens: 100 })).propose(task, call({ key: 'k' }))
    expect(said).toMatchObject({ kind: 'spoken', value: words(300), marks: [] })
    expect(llm.calls().map(({ key, max_tokens }) => [key, max_tokens])).toEqual([
      ['k', 100],
      ['k:longer', 400],
    ])
    expect(said.spending?.output_tokens).toBe(400)
  })

  it('is marked when it is still cut', async () => {
    const { agents, call, llm } = await aScene()
    llm.order({ text: words(900), times: 2 })
    expect(await agents.of(anEntry({ ...entry, max_tokens: 100 })).propose(task, call())).toMatchObject({
      kind: 'spoken',
      value: words(400),
      marks: [{ kind: 'truncated', message: expect.stringMatching(/400 tokens.*LLM_MAX_TOKENS/) }],
    })
    expect(llm.stats().calls).toBe(2)
  })

  it('and empty, because the model thought all the time, is asked for with room for an answer', async () => {
    const { agents, call, llm } = await aScene()
    llm.order({ as: 'thinking', tokens: 1_000, times: 2 })
    const agent = agents.of(anEntry({ ...entry, max_tokens: 800 }))
    expect(await agent.propose(task, call())).toMatchObject({
      kind: 'spoken',
      value: expect.stringMatching(/./),
      marks: [],
    })
    expect(llm.calls().map(({ max_tokens }) => max_tokens)).toEqual([800, 3_200])
  })

  it('and empty twice is a failure that names what to raise', async () => {
    const { agents, call, llm } = await aScene()
    llm.order({ as: 'thinking', tokens: 9_000, times: 9 })
    const said = await agents.of(anEntry({ ...entry, max_tokens: 100 })).propose(task, call())
    expect(said).toMatchObject({
      kind: 'failed',
      failure: {
        kind: 'truncated',
        message: expect.stringMatching(/100 tokens, and with 400 so did.*Raise LLM_MAX_TOKENS/),
      },
      spending: { output_tokens: 500 },
    })
    expect(llm.stats().calls).toBe(2)
  })

  it('stands, marked, when the model refuses a higher limit', async () => {
    const { agents, call, llm } = await aScene()
    llm.order({ text: words(300) })
    llm.order({ as: 'problem', problem: 'too_long' })
    expect(await agents.of(anEntry({ ...entry, max_tokens: 100 })).propose(task, call())).toMatchObject({
      kind: 'spoken',
      value: words(100),
      marks: [{ kind: 'truncated' }],
    })
  })

  it('is no review: it is asked for with a higher limit', async () => {
    const { agents, call, llm } = await aScene()
    const said = await agents.of(anEntry({ ...entry, max_tokens: 40 })).review(task, proposals, call({ key: 'r' }))
    expect(said).toMatchObject({ kind: 'spoken', value: [{ proposal: 1 }, { proposal: 2 }], marks: [] })
    expect(llm.calls().map(({ key }) => key)).toEqual(['r', 'r:longer'])
  })
})

describe('a higher limit', () => {
  it('is bounded by LLM_MAX_TOKENS_RETRY', async () => {
    const { agents, call, llm } = await aScene({ mostTokens: 150 })
    llm.order({ text: words(900), times: 9 })
    await agents.of(anEntry({ max_tokens: 100 })).propose(task, call())
    await agents.of(anEntry({ max_tokens: 150 })).propose(task, call())
    expect(llm.calls().map(({ max_tokens }) => max_tokens)).toEqual([100, 150, 150])
  })

  it('is not asked for when the budget has no room for it', async () => {
    const { agents, call, llm } = await aScene()
    llm.order({ text: words(900), times: 9 })
    const asked: number[] = []
    const reserve = (tokens: number) => asked.push(tokens) > 9
    expect(await agents.of(anEntry({ max_tokens: 100 })).propose(task, call({ reserve }))).toMatchObject({
      kind: 'spoken',
      marks: [{ kind: 'truncated', message: expect.stringContaining('100 tokens') }],
    })
    expect([asked, llm.stats().calls]).toEqual([[400], 1])
  })
})

describe('an agent service', () => {
  it('says that its answer was cut off by finish_reason', async () => {
    const { agents, call, llm } = await aScene()
    const text = JSON.stringify({ content: 'half an ans', finish_reason: 'length' })
    llm.fail({ text, times: 2 })
    const agent = agents.of(anEntry({ kind: 'http', endpoint: `${llm.url}/agents/a` }))
    expect(await agent.propose(task, call())).toMatchObject({ value: 'half an ans', marks: [{ kind: 'truncated' }] })
    expect(llm.stats().calls).toBe(2)
  })
})

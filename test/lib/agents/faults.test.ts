import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import type { AgentEntry, FailureKind } from '#lib/councils/model'
import type { Fault } from '#sandbox/http/faults'
import { anEntry, aScene, task } from './helpers.ts'

const proposals = [
  { proposal: 1, content: '# One' },
  { proposal: 2, content: '# Two' },
]
const VENDORS: readonly [string, Partial<AgentEntry>][] = [
  ['openai', { kind: 'openai', model: 'gpt-4.1' }],
  ['anthropic', { kind: 'anthropic', model: 'claude-sonnet-4-5' }],
  ['http', { kind: 'http', model: 'their-own' }],
]

async function anAgent(entry: Partial<AgentEntry>, options: Parameters<typeof aScene>[0] = {}) {
  const scene = await aScene(options)
  const endpoint = entry.kind === 'http' ? `${scene.llm.url}/agents/a` : null
  return { ...scene, agent: scene.agents.of(anEntry({ endpoint, ...entry })) }
}

describe.each(VENDORS)('%s', (_, entry) => {
  it.each<[string, Fault, FailureKind, number]>([
    ['is down', { down: true, times: 9 }, 'unavailable', 3],
    ['answers 500', { status: 500, times: 9 }, 'unavailable', 3],
    ['answers 503 with a page', { status: 503, text: '<h1>no</h1>', times: 9 }, 'unavailable', 3],
    ['answers 429', { status: 429, times: 9 }, 'rate_limited', 3],
    ['refuses the key', { status: 401, times: 9 }, 'unavailable', 1],
    ['does not know the model', { status: 404, times: 9 }, 'unavailable', 1],
    ['refuses the request', { status: 400, times: 9 }, 'refused', 1],
    ['finds the request too large', { status: 413, times: 9 }, 'too_large', 1],
    ['redirects', { status: 302, times: 9 }, 'unavailable', 1],
    ['answers with a page', { text: '<h1>hello</h1>', times: 9 }, 'malformed', 2],
  ])('that %s ends as a failure of its kind', async (_, fault, kind, calls) => {
    const { agent, call, llm } = await anAgent(entry)
    llm.fail(fault)
    const said = await agent.propose(task, call())
    expect(said).toMatchObject({ kind: 'failed', failure: { kind } })
    expect(llm.stats().calls).toBe(calls)
    // Vendors quote keys and prompts in their errors; neither is passed on.
    expect(JSON.stringify(said)).not.toMatch(/sk-|authentication/)
  })

  it('that fails for a moment is asked again, with growing pauses', async () => {
    const { agent, call, llm, slept } = await anAgent(entry)
    llm.fail({ status: 500, times: 2 })
    expect(await agent.propose(task, call())).toMatchObject({ kind: 'spoken' })
    expect(slept).toEqual([375, 750])
    expect(llm.stats()).toMatchObject({ paid: 1, paid_twice: [] })
  })

  it('that names a time is not asked before it', async () => {
    const { agent, call, llm, slept } = await anAgent(entry)
    llm.fail({ status: 429, retryAfter: 20 })
    expect(await agent.propose(task, call())).toMatchObject({ kind: 'spoken' })
    expect(slept).toEqual([seconds(20)])
  })

  it('that names a time after the deadline is not waited for', async () => {
    const { agent, call, llm, slept } = await anAgent(entry)
    llm.fail({ status: 429, retryAfter: 600 })
    expect(await agent.propose(task, call())).toMatchObject({ failure: { kind: 'rate_limited' } })
    expect(await agent.propose(task, call())).toMatchObject({
      failure: { kind: 'rate_limited', message: expect.stringContaining('600 s') },
    })
    expect([slept, llm.stats().calls]).toEqual([[], 1])
  })

  it('that answers 10 MB is cut off', async () => {
    const { agent, call, llm } = await anAgent(entry)
    llm.order({ as: 'huge' })
    expect(await agent.propose(task, call())).toMatchObject({ kind: 'failed', failure: { kind: 'too_large' } })
    await expect.poll(() => llm.stats().cut_off).toBe(1)
  })

  it('that writes more than anybody could review is refused', async () => {
    const { agent, call, llm } = await anAgent({ max_tokens: 40_000, ...entry })
    llm.order({ text: 'long '.repeat(30_000) })
    expect(await agent.propose(task, call())).toMatchObject({
      failure: { kind: 'too_large' },
      spending: { output_tokens: 37_500 },
    })
  })

  it('that says nothing is asked once more, and pays for both', async () => {
    const { agent, call, llm } = await anAgent(entry)
    llm.order({ as: 'empty', times: 2 })
    const said = await agent.propose(task, call({ key: 'k' }))
    expect(said).toMatchObject({
      kind: 'failed',
      failure: { kind: 'malformed' },
      spending: { model: agent.entry.model },
    })
    expect(llm.calls().map(({ key }) => key)).toEqual(['k', 'k:again'])
  })

  it('whose review is malformed is asked once more', async () => {
    const { agent, call, llm } = await anAgent(entry)
    llm.order({ as: 'malformed' })
    expect(await agent.review(task, proposals, call())).toMatchObject({
      kind: 'spoken',
      value: [{ proposal: 1 }, { proposal: 2 }],
    })
    expect(llm.stats().paid).toBe(2)
  })

  it('whose review is malformed twice is void', async () => {
    const { agent, call, llm } = await anAgent(entry)
    llm.order({ as: 'malformed', times: 2 })
    const said = await agent.review(task, proposals, call())
    expect(said).toMatchObject({ kind: 'failed', failure: { kind: 'malformed' } })
    expect(said.spending?.output_tokens).toBeGreaterThan(0)
    expect(llm.stats().paid).toBe(2)
  })

  it('with one invalid review is asked once more; then that one is void and the others stand', async () => {
    const { agent, call, llm } = await anAgent(entry)
    const fine = { proposal: 2, scores: { secure: 0.4, maintainable_code: 1 }, critique: 'fine' }
    const wild = { proposal: 1, scores: { secure: 7, maintainable_code: 1 }, critique: 'wild' }
    const text = JSON.stringify({ reviews: [wild, fine] })
    llm.order({ text, times: 2 })
    expect(await agent.review(task, proposals, call())).toMatchObject({ kind: 'spoken', value: [fine] })
    expect(llm.stats().paid).toBe(2)
  })

  it('whose second answer fails keeps what was valid in the first', async () => {
    const { agent, call, llm } = await anAgent(entry)
    const fine = { proposal: 2, scores: { secure: 0.4, maintainable_code: 1 }, critique: 'fine' }
    llm.order({ text: JSON.stringify({ reviews: [fine] }) })
    llm.order({ as: 'malformed' })
    expect(await agent.review(task, proposals, call())).toMatchObject({ kind: 'spoken', value: [fine] })
  })
})

describe('a vendor', () => {
  it.each(VENDORS.slice(0, 2))('%s that refuses to answer is not asked again', async (_, entry) => {
    const { agent, call, llm } = await anAgent(entry)
    llm.order({ as: 'refusal' })
    expect(await agent.propose(task, call())).toMatchObject({
      failure: { kind: 'refused' },
      spending: expect.anything(),
    })
    expect(llm.stats().paid).toBe(1)
  })

  it.each(VENDORS.slice(0, 2))('%s whose body breaks off is asked once more', async (_, entry) => {
    const { agent, call, llm } = await anAgent(entry)
    llm.order({ as: 'garbage' })
    expect(await agent.propose(task, call())).toMatchObject({ kind: 'spoken' })
    expect(llm.stats().paid).toBe(2)
  })
})

describe('the fallback', () => {
  it('answers once the circuit is open, until the first model is back', async () => {
    const { agents, call, llm, clock } = await aScene({ fallbackModel: 'claude-haiku-4-5' })
    const agent = agents.of(anEntry())
    llm.fail({ match: { path: /chat/ }, status: 500, times: Number.POSITIVE_INFINITY })

    expect(await agent.propose(task, call())).toMatchObject({ failure: { kind: 'unavailable' } })
    const second = await agent.propose(task, call({ key: 'second' }))
    expect(second).toMatchObject({ kind: 'spoken', spending: { model: 'claude-haiku-4-5' } })
    expect(llm.calls()).toMatchObject([{ path: '/v1/messages', key: 'second:claude-haiku-4-5' }])
    expect(llm.stats().calls).toBe(6)
    expect(await agent.propose(task, call())).toMatchObject({ spending: { model: 'claude-haiku-4-5' } })
    expect(llm.stats().calls).toBe(7)

    llm.heal()
    clock.advance(seconds(31))
    expect(await agent.propose(task, call())).toMatchObject({ spending: { model: 'gpt-4.1' } })
  })

  it('is nobody when none is configured: the vendor is left alone, then tried with one call', async () => {
    const { agents, call, llm, clock } = await aScene()
    const agent = agents.of(anEntry())
    llm.fail({ status: 500, times: Number.POSITIVE_INFINITY })
    await agent.propose(task, call())
    await agent.propose(task, call())
    expect(llm.stats().calls).toBe(5)
    expect(await agent.propose(task, call())).toMatchObject({
      failure: { kind: 'unavailable', message: expect.stringContaining('left alone') },
    })
    expect(llm.stats().calls).toBe(5)
    clock.advance(seconds(31))
    await agent.propose(task, call())
    expect(llm.stats().calls).toBe(6)
  })

  it('answers at once while the first model’s vendor wants rest beyond the deadline', async () => {
    const { agents, call, llm, slept } = await aScene({ fallbackModel: 'claude-haiku-4-5' })
    llm.fail({ match: { path: /chat/ }, status: 429, retryAfter: 600 })
    expect(await agents.of(anEntry()).propose(task, call())).toMatchObject({ spending: { model: 'claude-haiku-4-5' } })
    expect([slept, llm.stats().calls]).toEqual([[], 2])
  })

  it('does not step in for a model of its vendor that works', async () => {
    const { agents, call, llm } = await aScene({ fallbackModel: 'claude-haiku-4-5' })
    llm.fail({ status: 500, times: 5 })
    for (const _ of [1, 2]) await agents.of(anEntry()).propose(task, call())
    const other = await agents.of(anEntry({ model: 'gpt-4o-mini' })).propose(task, call())
    expect(other).toMatchObject({ spending: { model: 'gpt-4o-mini' } })
  })
})

describe('the rate limit', () => {
  it('lets no request go before its time, whoever of the vendor’s agents asks', async () => {
    const limit = { requests_per_minute: 6, tokens_per_minute: null }
    const { agents, call, slept, clock } = await aScene({ limit })
    const began = clock.now()
    for (const number of [1, 2, 3]) {
      const agent = agents.of(anEntry({ agent_id: `agent-dev-00${number}` }))
      expect(await agent.propose(task, call())).toMatchObject({ kind: 'spoken' })
    }
    expect(slept).toEqual([seconds(10), seconds(10)])
    expect(clock.now() - began).toBe(seconds(20))
    const other = agents.of(anEntry({ kind: 'anthropic', model: 'claude-sonnet-4-5' }))
    expect(await other.propose(task, call())).toMatchObject({ kind: 'spoken' })
    expect(slept).toHaveLength(2)
  })

  it('counts tokens, and gives back what was not used', async () => {
    const { agents, call, slept } = await aScene({ limit: { requests_per_minute: null, tokens_per_minute: 6_000 } })
    const agent = agents.of(anEntry({ max_tokens: 4_000 }))
    await agent.propose(task, call())
    expect(slept[0]).toBeGreaterThan(seconds(30))
    await agent.propose(task, call())
    // An answer of some hundred tokens was paid for, not one of 4,000.
    expect(slept[1]).toBeLessThan(seconds(45))
  })

  it('fails what could not be asked before its deadline, and keeps its place for others', async () => {
    const { agents, call, slept, clock } = await aScene({ limit: { requests_per_minute: 6, tokens_per_minute: null } })
    const agent = agents.of(anEntry())
    await agent.propose(task, call())
    const late = await agent.propose(task, call({ deadline: clock.now() + seconds(5) }))
    expect(late).toMatchObject({ failure: { kind: 'rate_limited' }, spending: null })
    expect(await agent.propose(task, call({ deadline: clock.now() + minutes(1) }))).toMatchObject({ kind: 'spoken' })
    expect(slept).toEqual([seconds(10)])
  })
})

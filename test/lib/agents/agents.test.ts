import { describe, expect, it } from 'vitest'
import type { AgentEntry } from '#lib/councils/model'
import { anEntry, aScene, passing, type Scene, task } from './helpers.ts'

const KINDS: readonly [string, (scene: Scene) => AgentEntry][] = [
  ['openai', () => anEntry()],
  ['openai, an own server', ({ llm }) => anEntry({ model: 'qwen3-coder', endpoint: llm.v1 })],
  ['anthropic, structured by a tool', () => anEntry({ kind: 'anthropic', model: 'claude-3-5-haiku-latest' })],
  ['anthropic, structured natively', () => anEntry({ kind: 'anthropic', model: 'claude-sonnet-4-5' })],
  ['http', ({ llm }) => anEntry({ kind: 'http', model: 'their-own', endpoint: `${llm.url}/agents/agent-dev-001` })],
  ['offline', () => anEntry({ kind: 'offline', model: 'offline-template' })],
]

describe.each(KINDS)('an agent of kind %s', (_, entryOf) => {
  it('proposes, reviews, revises and judges, and says what it cost', async () => {
    const scene = await aScene()
    const agent = scene.agents.of(entryOf(scene))

    const proposed = await agent.propose(task, scene.call())
    expect(proposed).toMatchObject({
      kind: 'spoken',
      value: expect.stringContaining('```'),
      spending: { model: agent.entry.model, cost_usd: expect.any(Number), ms: 0 },
    })
    if (proposed.kind !== 'spoken') throw new Error('no proposal')

    const proposals = [
      { proposal: 1, content: proposed.value },
      { proposal: 2, content: '# Something else\n\nNo code, no tests.' },
    ]
    expect(await agent.review(task, proposals, scene.call())).toMatchObject({
      kind: 'spoken',
      value: [1, 2].map((proposal) => ({
        proposal,
        scores: { secure: expect.any(Number), maintainable_code: expect.any(Number) },
        critique: expect.stringMatching(/./),
      })),
    })

    const revised = await agent.revise(task, proposed.value, ['Add a test.'], scene.call())
    expect(revised).toMatchObject({ kind: 'spoken', value: expect.stringContaining('```') })

    const candidates = [1, 2].map((candidate) => ({
      candidate,
      content: `text ${candidate}`,
      checks: passing(),
      score: 0.5,
    }))
    const judged = await agent.judge(task, candidates, scene.call())
    expect(judged).toMatchObject({ kind: 'spoken', value: { reason: expect.stringMatching(/./) } })
    expect(judged.kind === 'spoken' && [1, 2].includes(judged.value.candidate)).toBe(true)
    expect(scene.llm.stats().paid_twice).toEqual([])
  })
})

describe('the bill', () => {
  it('is by the table for a vendor’s model, by configuration before that, and nothing on own hardware', async () => {
    const { agents, call } = await aScene({ prices: { 'gpt-4.1': { input: 1_000_000, output: 0 } } })
    const dear = await agents.of(anEntry()).propose(task, call())
    expect(dear.spending?.cost_usd).toBe(dear.spending?.input_tokens)
    const haiku = await agents.of(anEntry({ kind: 'anthropic', model: 'claude-haiku-4-5' })).propose(task, call())
    const { input_tokens = 0, output_tokens = 0 } = haiku.spending ?? {}
    expect(input_tokens * output_tokens).toBeGreaterThan(0)
    expect(haiku.spending?.cost_usd).toBeCloseTo((input_tokens * 1 + output_tokens * 5) / 1e6, 12)
    const own = await agents.of(anEntry({ model: 'qwen3-coder' })).propose(task, call())
    expect(own.spending?.cost_usd).toBe(0)
  })

  it('is the service’s own word for an agent service', async () => {
    const { agents, call, llm } = await aScene()
    const agent = agents.of(anEntry({ kind: 'http', endpoint: `${llm.url}/agents/a` }))
    expect(await agent.propose(task, call())).toMatchObject({ spending: { cost_usd: 0.001 } })
  })
})

describe('an agent’s key', () => {
  it('goes to the configured address alone', async () => {
    const { agents, call, llm } = await aScene()
    await agents.of(anEntry()).propose(task, call())
    await agents.of(anEntry({ endpoint: `${llm.url}/v1/` })).propose(task, call())
    await agents.of(anEntry({ endpoint: llm.v1.replace('127.0.0.1', 'localhost') })).propose(task, call())
    expect(llm.calls().map(({ authorized }) => authorized)).toEqual([true, true, false])
  })

  it('is not needed by a server that asks for none', async () => {
    const { agents, call, llm } = await aScene()
    const bare = (await aScene({ openai: { apiKey: null, baseUrl: llm.url } })).agents
    expect(await bare.of(anEntry()).propose(task, call())).toMatchObject({ kind: 'spoken' })
    expect(llm.calls()).toMatchObject([{ authorized: false, path: '/v1/chat/completions' }])
    expect(await agents.of(anEntry()).propose(task, call())).toMatchObject({ kind: 'spoken' })
  })
})

describe('an entry that cannot be served', () => {
  const AWAY = { allowed: [] }

  it.each<[string, Partial<AgentEntry>, object]>([
    ['has no key', { kind: 'anthropic' }, { anthropic: null }],
    ['has no endpoint', { kind: 'http' }, {}],
    ['is offline where that is not allowed', { kind: 'offline' }, { offline: false }],
    [
      'is on this machine',
      { kind: 'http', endpoint: 'http://127.0.0.1:1/' },
      { addresses: AWAY, openai: null, anthropic: null },
    ],
    ['is the metadata service', { endpoint: 'http://169.254.169.254/v1' }, {}],
    ['is in a private range', { endpoint: 'https://10.0.0.8/v1' }, {}],
    ['is no address', { endpoint: 'file:///etc/passwd' }, {}],
  ])('that %s is refused when it is made', async (_, entry, options) => {
    const { agents } = await aScene(options)
    expect(() => agents.of(anEntry(entry))).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  it('is refused at start when the vendor’s address may not be reached', async () => {
    await expect(aScene({ addresses: AWAY })).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('an idempotency key', () => {
  it('is sent with each request, the same to the same question', async () => {
    const { agents, call, llm } = await aScene()
    for (const kind of ['openai', 'anthropic'] as const) {
      const model = kind === 'openai' ? 'gpt-4.1' : 'claude-sonnet-4-5'
      await agents.of(anEntry({ kind, model })).propose(task, call({ key: `run-1/propose/0/${kind}` }))
    }
    expect(llm.calls().map(({ key }) => key)).toEqual(['run-1/propose/0/openai', 'run-1/propose/0/anthropic'])
  })
})

describe('an agent with a name that no header could hold', () => {
  it('is asked all the same', async () => {
    const { agents, call, llm } = await aScene()
    const said = await agents
      .of(anEntry({ agent_id: 'Ägent\n1' }))
      .propose(task, call({ key: 'run:propose:0:Ägent\n1' }))
    expect(said).toMatchObject({ kind: 'spoken' })
    expect(llm.calls()).toMatchObject([{ key: 'run:propose:0:%C3%84gent%0A1' }])
  })
})

describe('a call that is given up', () => {
  it('is cancelled by its caller while the vendor hangs', async () => {
    const { agents, call, llm } = await aScene()
    llm.fail({ hang: true })
    const controller = new AbortController()
    const speaking = agents.of(anEntry()).propose(task, call({ signal: controller.signal }))
    await expect.poll(() => llm.stats().calls).toBe(1)
    controller.abort()
    expect(await speaking).toMatchObject({ kind: 'failed', failure: { kind: 'cancelled' }, spending: null })
  })

  it('is late, not cancelled, when its caller rings at the deadline', async () => {
    const { agents, call, llm, clock } = await aScene()
    llm.fail({ hang: true })
    const controller = new AbortController()
    const given = call({ signal: controller.signal })
    const speaking = agents.of(anEntry()).propose(task, given)
    await expect.poll(() => llm.stats().calls).toBe(1)
    clock.set(given.deadline)
    controller.abort()
    expect(await speaking).toMatchObject({ failure: { kind: 'timeout' } })
  })

  it('never begins when nobody waits any more', async () => {
    const { agents, call, llm, clock } = await aScene()
    const agent = agents.of(anEntry())
    expect(await agent.propose(task, call({ signal: AbortSignal.abort() }))).toMatchObject({
      failure: { kind: 'cancelled' },
    })
    expect(await agent.propose(task, call({ deadline: clock.now() }))).toMatchObject({ failure: { kind: 'timeout' } })
    const offline = agents.of(anEntry({ kind: 'offline' }))
    expect(await offline.propose(task, call({ signal: AbortSignal.abort() }))).toMatchObject({ kind: 'failed' })
    expect(llm.stats().calls).toBe(0)
  })

  it.each<[string, Partial<AgentEntry>]>([
    ['openai', {}],
    ['anthropic', { kind: 'anthropic', model: 'claude-sonnet-4-5' }],
  ])('ends at its deadline: %s', async (_, entry) => {
    const { agents, call, llm, clock } = await aScene()
    llm.fail({ hang: true })
    const said = await agents.of(anEntry(entry)).propose(task, call({ deadline: clock.now() + 40 }))
    expect(said).toMatchObject({ kind: 'failed', failure: { kind: 'timeout' } })
  })
})

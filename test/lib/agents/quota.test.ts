import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import type { AgentEntry } from '#lib/councils/model'
import type { PROBLEMS } from '#sandbox/llm/problems'
import { anEntry, aScene, task } from './helpers.ts'

const CLAUDE: Partial<AgentEntry> = { kind: 'anthropic', model: 'claude-sonnet-4-5' }
const VENDORS: readonly [string, Partial<AgentEntry>, string][] = [
  ['openai', {}, 'claude-haiku-4-5'],
  ['anthropic', CLAUDE, 'gpt-4o-mini'],
]
const SPENT = [
  'quota',
  'billing_limit',
  'spend_limit',
  'payment_required',
] as const satisfies (typeof PROBLEMS)[number][]

describe.each(VENDORS)('%s whose quota is used up', (_, entry, fallbackModel) => {
  it.each(SPENT)('(%s) is called once, and the failure says what to do', async (problem) => {
    const { agents, call, llm, slept } = await aScene()
    llm.order({ as: 'problem', problem, times: 9 })
    const said = await agents.of(anEntry(entry)).propose(task, call())
    expect(said).toMatchObject({
      kind: 'failed',
      failure: { kind: 'quota_exhausted', message: expect.stringMatching(/quota or credit .* used up\. Add credit/) },
    })
    expect([slept, llm.stats().calls]).toEqual([[], 1])
  })

  it('is not called by the council’s other agents for a minute, then by one of them', async () => {
    const { agents, call, llm, clock } = await aScene()
    llm.order({ as: 'problem', problem: 'quota', times: 9 })
    const council = [1, 2, 3].map((n) => agents.of(anEntry({ ...entry, agent_id: `agent-dev-00${n}` })))
    for (const agent of council) {
      expect(await agent.propose(task, call())).toMatchObject({ failure: { kind: 'quota_exhausted' } })
    }
    expect(llm.stats().calls).toBe(1)
    clock.advance(seconds(61))
    await Promise.all(council.map((agent) => agent.propose(task, call())))
    expect(llm.stats().calls).toBe(2)
    llm.heal()
    clock.advance(seconds(61))
    expect(await council[0]?.propose(task, call())).toMatchObject({ kind: 'spoken' })
  })

  it('is replaced by the fallback model at once, which the answer and the log say', async () => {
    const { agents, call, llm, slept, warned } = await aScene({ fallbackModel })
    llm.order({ match: { model: anEntry(entry).model }, as: 'problem', problem: 'quota', times: 9 })
    const said = await agents.of(anEntry(entry)).propose(task, call())
    expect(said).toMatchObject({
      kind: 'spoken',
      spending: { model: fallbackModel },
      marks: [
        {
          kind: 'fallback_model',
          message: `${fallbackModel} answered for ${anEntry(entry).model} (quota_exhausted)`,
        },
      ],
    })
    expect([slept, llm.stats().calls]).toEqual([[], 2])
    expect(warned).toMatchObject([{ fallback: fallbackModel, kind: 'quota_exhausted' }])
  })

  it('and whose fallback fails, too, ends with both reasons', async () => {
    const { agents, call, llm } = await aScene({ fallbackModel })
    llm.order({ as: 'problem', problem: 'quota', times: 9 })
    expect(await agents.of(anEntry(entry)).propose(task, call())).toMatchObject({
      failure: {
        kind: 'quota_exhausted',
        message: expect.stringMatching(/used up.*It was asked because .* failed: .*used up/),
      },
    })
    expect(llm.stats().calls).toBe(2)
  })
})

describe.each(VENDORS)('%s whose rate is spent', (_, entry, fallbackModel) => {
  it('is waited for as long as it says, when that fits the deadline', async () => {
    const { agents, call, llm, slept } = await aScene({ fallbackModel })
    llm.order({ as: 'problem', problem: 'rate_limit', retry_after: 30 })
    expect(await agents.of(anEntry(entry)).propose(task, call())).toMatchObject({
      kind: 'spoken',
      spending: { model: anEntry(entry).model },
    })
    expect(slept).toEqual([seconds(30)])
  })

  it('is replaced by the fallback when the wait does not fit, to the second', async () => {
    const { agents, call, llm, slept } = await aScene({ fallbackModel })
    llm.order({ as: 'problem', problem: 'rate_limit', retry_after: 120 })
    expect(await agents.of(anEntry(entry)).propose(task, call())).toMatchObject({
      kind: 'spoken',
      marks: [{ kind: 'fallback_model' }],
    })
    expect([slept, llm.stats().calls]).toEqual([[], 2])
  })

  it.each(['rate_limit', 'overloaded'] as const)(
    '(%s) and says no time is replaced after three tries',
    async (problem) => {
      const { agents, call, llm } = await aScene({ fallbackModel })
      llm.order({ match: { model: anEntry(entry).model }, as: 'problem', problem, times: 9 })
      const said = await agents.of(anEntry(entry)).propose(task, call())
      expect(said).toMatchObject({ kind: 'spoken', spending: { model: fallbackModel } })
      expect(llm.stats().calls).toBe(4)
    },
  )
})

describe('the fallback of the same vendor', () => {
  it('answers while another model of that vendor is limited', async () => {
    const { agents, call, llm } = await aScene({ fallbackModel: 'gpt-4o-mini' })
    llm.order({ match: { model: 'gpt-4.1' }, as: 'problem', problem: 'rate_limit', retry_after: 600 })
    const said = await agents.of(anEntry()).propose(task, call())
    expect(said).toMatchObject({ kind: 'spoken', spending: { model: 'gpt-4o-mini' } })
  })
})

describe('a text too long for the model', () => {
  it.each(VENDORS)('is a failure of its size at %s', async (_, entry) => {
    const { agents, call, llm } = await aScene()
    llm.order({ as: 'problem', problem: 'too_long' })
    expect(await agents.of(anEntry(entry)).propose(task, call())).toMatchObject({ failure: { kind: 'too_large' } })
  })
})

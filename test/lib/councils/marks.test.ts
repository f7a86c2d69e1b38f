import { describe, expect, it } from 'vitest'
import { aScene } from '#test/lib/agents/helpers'
import { entriesOf } from './support/agents.ts'
import { ASKING, aRequest, aWorld } from './support/world.ts'

const entries = entriesOf('DEV', 3, { model: 'gpt-4.1', max_tokens: 1_000 })

describe('a run whose vendor’s quota is used up', () => {
  it('goes on with the fallback model and says so in its tags', async () => {
    const { agents, llm } = await aScene({ fallbackModel: 'claude-haiku-4-5' })
    llm.order({ match: { model: 'gpt-4.1' }, as: 'problem', problem: 'quota', times: 99 })
    const { councils } = await aWorld({ entries, agents })

    const { metadata } = await councils.deliberate(aRequest(), ASKING)

    expect(metadata.tags).toMatchObject({
      models: 'claude-haiku-4-5',
      fallbacks: 'claude-haiku-4-5 answered for gpt-4.1 (quota_exhausted)',
    })
    // The first call of each agent at most: the run's other nine calls go to the fallback alone.
    const { calls, by_model } = llm.stats()
    expect(calls - (by_model['claude-haiku-4-5'] ?? 0)).toBeLessThanOrEqual(3)
  })

  it('fails as exhausted, not as agents that are down, when nobody else answers', async () => {
    const { agents, llm } = await aScene()
    llm.order({ as: 'problem', problem: 'quota', times: 99 })
    const { councils } = await aWorld({ entries, agents })
    await expect(councils.deliberate(aRequest(), ASKING)).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('quota_exhausted'),
    })
    expect(llm.stats().calls).toBeLessThanOrEqual(3)
  })

  it('says nothing of fallbacks where every agent answered by itself', async () => {
    const { councils } = await aWorld()
    const { metadata } = await councils.deliberate(aRequest(), ASKING)
    expect(metadata.tags).not.toHaveProperty('fallbacks')
    expect(metadata.tags).not.toHaveProperty('truncated')
  })
})

describe('a proposal that is cut off at its limit of tokens', () => {
  it('is never sold as whole: the tags name its author, a check of it fails', async () => {
    const { agents, llm } = await aScene({ mostTokens: 1_000 })
    llm.order({ match: { structured: false }, text: 'word'.repeat(9_000), times: 99 })
    const { councils } = await aWorld({ entries, agents })

    const { results, metadata } = await councils.deliberate(aRequest(), ASKING)

    expect(metadata.tags).toMatchObject({ truncated: entries.map(({ agent_id }) => agent_id).join(',') })
    for (const { checks } of results) {
      expect(checks.all_passed).toBe(false)
      const failed = checks.additional_checks.filter(({ check_type }) => check_type === 'whole_text')
      expect(failed).toMatchObject([{ passed: false, score: 0 }])
    }
  })

  it('is repeated only within the budget of the run', async () => {
    const budgets = { run: { tokens: 5_000, usd: null }, day: { tokens: null, usd: null } }
    const { councils, stage } = await aWorld({ options: { budgets } })
    const granted: unknown[] = []
    stage.script('agent-dev-001', {
      propose: ({ call }) => {
        granted.push(call.reserve?.(10_000), call.reserve?.(400))
        return 'a proposal'
      },
    })
    await councils.deliberate(aRequest(), ASKING)
    expect(granted).toEqual([false, true])
  })
})

describe('the time of a call', () => {
  it('is told apart from what the caller has left', async () => {
    const { councils, stage } = await aWorld()
    await councils.deliberate(aRequest(), ASKING)
    expect(new Set(stage.asked.map(({ call }) => call.limit))).toEqual(new Set(['call_time']))
    stage.asked.length = 0
    const constraints = { ...aRequest().constraints, timeout_seconds: 20 }
    await councils.deliberate(aRequest({ constraints }), ASKING)
    expect(new Set(stage.asked.map(({ call }) => call.limit))).toEqual(new Set(['caller']))
  })
})

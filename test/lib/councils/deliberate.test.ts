import { describe, expect, it } from 'vitest'
import { ASKING, aRequest, aWorld } from './support/world.ts'

describe('a deliberation', () => {
  it('proposes, reviews, revises, checks and ranks', async () => {
    const { councils, stage } = await aWorld()

    const answer = await councils.deliberate(aRequest(), ASKING)

    expect(answer.results.map(({ rank }) => rank)).toEqual([1, 2, 3])
    expect(answer.winner_id).toBe(answer.results[0]?.proposal.author_id)
    for (const { proposal, checks, score } of answer.results) {
      expect(proposal.content).toBe(`text of ${proposal.author_id}+2`)
      expect(proposal.revisions).toEqual([`text of ${proposal.author_id}`])
      expect(checks.additional_checks.map(({ check_type }) => check_type)).toEqual(['checks', 'peer_rank', 'rubric'])
      expect(score).toBeGreaterThan(0)
      expect(score).toBeLessThanOrEqual(1)
    }
    expect(answer.metadata.execution_id).toHaveLength(16)
    expect(answer.metadata).toMatchObject({
      orchestrator_version: '0.1.0',
      tags: { rounds_run: '1', calls: '9', tokens: '360', cost_usd: '0.090000', models: 'model-1', offline: 'false' },
    })
    expect(stage.asked.map(({ what }) => what).filter((what) => what === 'review')).toHaveLength(3)
  })

  it('is found again, by its id and in the lists, and recounts to what it was', async () => {
    const { councils } = await aWorld()
    const answer = await councils.deliberate(aRequest(), ASKING)
    const { execution_id } = answer.metadata

    expect(await councils.result(execution_id)).toMatchObject({
      task_id: execution_id,
      status: 'COMPLETED',
      results: answer.results,
      winner_id: answer.winner_id,
      metadata: answer.metadata,
    })
    expect(await councils.recount(execution_id)).toMatchObject({ agrees: true })
    expect((await councils.list({ limit: 10 })).deliberations).toMatchObject([{ execution_id, status: 'COMPLETED' }])
    expect((await councils.list({ role: 'dev', limit: 10 })).deliberations).toHaveLength(1)
    expect((await councils.list({ role: 'QA', limit: 10 })).deliberations).toHaveLength(0)
    const { entries } = await councils.transcript(execution_id)
    expect(entries.map(({ stage }) => stage)).toEqual([
      ...Array(3).fill('propose'),
      ...Array(3).fill('review'),
      ...Array(3).fill('revise'),
      ...Array(3).fill('check'),
      'score',
    ])
  })

  it('ends early when a round changes nothing', async () => {
    const { councils, stage } = await aWorld()
    stage.everybody({ revise: (_, own) => own })

    const { results, metadata } = await councils.deliberate(aRequest({ rounds: 5 }), ASKING)

    expect(metadata.tags).toMatchObject({ rounds: '5', rounds_run: '1' })
    expect(results.every(({ proposal }) => proposal.revisions.length === 0)).toBe(true)
    expect(stage.asked).toHaveLength(9)
  })

  it('keeps every earlier text of every round', async () => {
    const { councils } = await aWorld()
    const { results } = await councils.deliberate(aRequest({ rounds: 3 }), ASKING)
    for (const { proposal } of results) {
      const first = `text of ${proposal.author_id}`
      expect(proposal.revisions).toEqual([first, `${first}+2`, `${first}+2+2`])
    }
  })

  it('asks all agents of a stage at once: depth 1 + 2·rounds, whatever their number', async () => {
    const { councils, stage } = await aWorld()
    let deepest = 0
    let open = 0
    const waves: string[] = []
    const slow =
      <T>(what: string, say: T) =>
      async () => {
        open += 1
        deepest = Math.max(deepest, open)
        if (waves.at(-1) !== what) waves.push(what)
        await new Promise((resolve) => setImmediate(resolve))
        open -= 1
        return say
      }
    let count = 0
    stage.everybody({
      propose: slow('propose', 'a text'),
      revise: async () => slow('revise', `text ${++count}`)(),
    })
    await councils.deliberate(aRequest({ rounds: 2 }), ASKING)
    expect(deepest).toBe(3)
    expect(waves).toEqual(['propose', 'revise'])
    expect(stage.asked.map(({ what }) => what).filter((what, at, all) => what !== all[at - 1])).toEqual([
      'propose',
      'review',
      'revise',
      'review',
      'revise',
    ])
  })

  it('of one agent has nobody to review it', async () => {
    const { councils, stage } = await aWorld()
    const { results, metadata } = await councils.deliberate(aRequest({ num_agents: 1 }), ASKING)
    expect(results).toHaveLength(1)
    expect(results[0]?.score).toBe(1)
    expect(stage.asked).toHaveLength(1)
    expect(metadata.tags).toMatchObject({ agreement: 'n/a' })
  })

  it('tells its watcher each step, from nothing to complete, and never backwards', async () => {
    const { councils } = await aWorld()
    const updates: { status: string; progress_percent: number }[] = []
    const answer = await councils.deliberateWatched(aRequest(), ASKING, (update) => updates.push(update))

    expect(updates).toHaveLength(14)
    expect([...new Set(updates.map(({ status }) => status))]).toEqual([
      'generating',
      'reviewing',
      'scoring',
      'complete',
    ])
    expect(updates.map((one) => one.progress_percent)).toEqual(
      updates.map((one) => one.progress_percent).toSorted((a, b) => a - b),
    )
    expect(updates.at(-1)).toMatchObject({
      progress_percent: 100,
      partial_result: { proposal: { author_id: answer.winner_id } },
    })
  })

  it('holds texts of 100 KB, odd characters and all', async () => {
    const { councils, stage } = await aWorld()
    stage.everybody({ propose: ({ agent_id }) => `${agent_id} \u0000 😀 \ud800 ${'ä'.repeat(49_000)}` })
    const { results } = await councils.deliberate(aRequest({ rounds: 0, num_agents: 3 }), ASKING)
    expect(results).toHaveLength(3)
    stage.everybody({ propose: () => 'ä'.repeat(50_001) })
    await expect(councils.deliberate(aRequest(), ASKING)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('too_large'),
    })
  })
})

describe('what a reviewer sees', () => {
  it('is never its own text, nor who wrote the others', async () => {
    const { councils, stage } = await aWorld()
    stage.everybody({ propose: ({ agent_id }) => `I am ${agent_id}. Secret ${agent_id.slice(-3)}` })
    await councils.deliberate(aRequest(), ASKING)
    const reviews = stage.asked.filter(({ what }) => what === 'review')
    expect(reviews).toHaveLength(3)
    for (const { agent_id, shown } of reviews) {
      expect(shown.map(({ proposal }) => proposal)).toEqual([1, 2])
      for (const { content } of shown) {
        expect(content).not.toContain('agent-dev')
        expect(content).not.toContain(`Secret ${agent_id.slice(-3)}`)
      }
    }
  })
})

describe('hostile reviews', () => {
  it('outside of bounds are void, and a reviewer without a valid vote has failed', async () => {
    const { councils, stage } = await aWorld()
    stage.script('agent-dev-001', {
      review: () => [
        { proposal: 1, scores: { worth: 9 }, critique: 'too much' },
        { proposal: 2, scores: { worth: Number.NaN }, critique: 'nothing' },
        { proposal: 3, scores: { worth: 1 }, critique: 'my own' },
        { proposal: 0, scores: { worth: 1 }, critique: '' },
        { proposal: 1, scores: {}, critique: 'no scores' },
      ],
    })
    stage.script('agent-dev-002', {
      review: ({ shown }) => [
        ...shown.map(({ proposal }) => ({ proposal, scores: { worth: 0.5 }, critique: 'x'.repeat(20_000) })),
        { proposal: 1, scores: { worth: 1 }, critique: 'twice' },
      ],
    })
    const { metadata } = await councils.deliberate(aRequest(), ASKING)
    const { entries } = await councils.transcript(metadata.execution_id)
    const said = entries.filter(({ stage: at }) => at === 'review').map(({ output }) => output)
    expect(said[0]).toMatchObject({ kind: 'failed', failure: { kind: 'malformed' } })
    expect(said[1]).toMatchObject({
      votes: [{ critique: 'x'.repeat(8_000), scores: { worth: 0.5 } }, { scores: { worth: 0.5 } }],
    })
    expect((said[1] as { votes: unknown[] }).votes).toHaveLength(2)
  })

  it('that are no reviews at all do not stop the run', async () => {
    const { councils, stage } = await aWorld()
    stage.everybody({
      review: () => {
        throw new Error('I refuse')
      },
    })
    const { results, metadata } = await councils.deliberate(aRequest(), ASKING)
    expect(results).toHaveLength(3)
    expect(metadata.tags).toMatchObject({ rounds_run: '0' })
  })
})

describe('checks that break', () => {
  it('vouch for nothing and do not break the run', async () => {
    const { councils, stage } = await aWorld()
    stage.script('agent-dev-001', { propose: () => 'BREAKS', revise: (_, own) => own })
    const { results } = await councils.deliberate(aRequest(), ASKING)
    expect(results.at(-1)).toMatchObject({ proposal: { author_id: 'agent-dev-001' }, checks: { all_passed: false } })
  })
})

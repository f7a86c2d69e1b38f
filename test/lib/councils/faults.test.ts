/** What can go wrong in a run: agents, time, money, callers. */
import { describe, expect, it } from 'vitest'
import { ASKING, aRequest, aWorld, NO_BOUND, until } from './support/world.ts'

const down = { kind: 'unavailable', message: 'down for repair' } as const
const never = () => new Promise<never>(() => undefined)
/** Keys of the same day. */
const tokens = (n: number) => ({ tokens: n, usd: null })

describe('failed agents', () => {
  it('below a majority leave a run without them: a recorded failure, never a proposal', async () => {
    const { councils, stage } = await aWorld()
    stage.script('agent-dev-002', { propose: () => down })
    const { results, metadata } = await councils.deliberate(aRequest(), ASKING)
    expect(results.map(({ proposal }) => proposal.author_id).toSorted()).toEqual(['agent-dev-001', 'agent-dev-003'])
    expect(metadata.tags).toMatchObject({ failed_agents: 'agent-dev-002', quorum: '2' })
    const { entries } = await councils.transcript(metadata.execution_id)
    expect(entries.filter(({ agent_id }) => agent_id === 'agent-dev-002')).toMatchObject([
      { stage: 'propose', output: { kind: 'failed', failure: down } },
    ])
  })

  it('above it end the run, each named', async () => {
    const { councils, stage } = await aWorld()
    stage.script('agent-dev-001', { propose: () => down })
    stage.refuse('agent-dev-002')
    const failed = councils.deliberate(aRequest(), ASKING)
    await expect(failed).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryAfterMs: 10_000,
      message: expect.stringMatching(
        /1 of 3 agents gave a proposal, 2 are needed.*agent-dev-001: unavailable, down.*no key/,
      ),
    })
  })

  it('all of them: UNAVAILABLE, and found as FAILED', async () => {
    const { councils, stage } = await aWorld()
    stage.everybody({
      propose: () => {
        throw new Error('boom')
      },
    })
    const error = await councils.deliberate(aRequest(), ASKING).catch((it: unknown) => it)
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('Every agent failed') })
    const { executionId } = error as { executionId: string }
    expect(await councils.result(executionId)).toMatchObject({
      status: 'FAILED',
      results: [],
      error_message: expect.stringContaining('boom'),
      metadata: { tags: { error_code: 'UNAVAILABLE' } },
    })
    await expect(councils.recount(executionId)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
  })

  it('that are all limited by their vendors: RESOURCE_EXHAUSTED', async () => {
    const { councils, stage } = await aWorld()
    stage.everybody({ propose: () => ({ kind: 'rate_limited', message: '429' }) })
    await expect(councils.deliberate(aRequest(), ASKING)).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: 60_000,
    })
  })
})

describe('time', () => {
  it('that runs out without a quorum: DEADLINE_EXCEEDED, found as TIMEOUT', async () => {
    const world = await aWorld()
    world.stage.everybody({ propose: never })
    const answer = world.councils.deliberate(aRequest({ timeout_seconds: 5 }), ASKING).catch((error: unknown) => error)
    await until(() => world.stage.asked.length === 3 && world.waiting() === 2)
    world.pass(5_000)
    const error = await answer
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    const { executionId } = error as { executionId: string }
    expect(await world.councils.result(executionId)).toMatchObject({ status: 'TIMEOUT', duration_ms: 5_000 })
  })

  it('that runs out with a quorum cuts the run short: what is there is checked and ranked', async () => {
    const world = await aWorld()
    world.stage.everybody({ review: never })
    const answer = world.councils.deliberate(aRequest({ timeout_seconds: 5 }), ASKING)
    await until(() => world.stage.asked.length === 6 && world.waiting() === 2)
    world.pass(5_000)
    const { results, metadata } = await answer
    expect(results).toHaveLength(3)
    expect(metadata.tags).toMatchObject({ cut_short: 'deadline', rounds_run: '0' })
  })

  it('of one agent that hangs is bounded, and the others go on', async () => {
    const world = await aWorld()
    world.stage.script('agent-dev-003', { propose: never })
    const answer = world.councils.deliberate(aRequest(), ASKING)
    await until(() => world.stage.asked.length === 3 && world.waiting() === 2)
    world.pass(60_000)
    const { results } = await answer
    expect(results).toHaveLength(2)
    expect(world.stage.asked[0]?.call.signal.aborted).toBe(true)
  })

  it("is the caller's own, too: the answer is there a little before it", async () => {
    const world = await aWorld()
    const deadline = world.clock.now() + 20_000
    await world.councils.deliberate(aRequest(), { ...ASKING, deadline })
    expect(world.stage.asked[0]?.call.deadline).toBe(deadline - 500)
  })
})

describe('a caller who goes away', () => {
  it('ends the run with CANCELLED, and its calls', async () => {
    const world = await aWorld()
    world.stage.everybody({ review: never })
    const leaving = new AbortController()
    const answer = world.councils
      .deliberateWatched(aRequest(), { ...ASKING, signal: leaving.signal }, () => undefined)
      .catch((error: unknown) => error)
    await until(() => world.stage.asked.length === 6)
    leaving.abort()
    const error = await answer
    expect(error).toMatchObject({ code: 'CANCELLED' })
    expect(world.stage.asked[5]?.call.signal.aborted).toBe(true)
    const { executionId } = error as { executionId: string }
    expect(await world.councils.unfinished(10)).toEqual([])
    expect(await world.councils.result(executionId)).toMatchObject({ status: 'FAILED' })
    expect((await world.councils.transcript(executionId)).entries).toHaveLength(3)
  })
})

describe('a budget', () => {
  it('of tokens per run is asked before each call and never overrun', async () => {
    const world = await aWorld({ options: { budgets: { ...NO_BOUND, run: tokens(400) } } })
    const error = await world.councils.deliberate(aRequest(), ASKING).catch((it: unknown) => it)
    expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: 16 * 3_600_000 })
    expect(world.stage.asked.length * 40).toBeLessThanOrEqual(400)
    const { executionId } = error as { executionId: string }
    expect(await world.councils.result(executionId)).toMatchObject({ status: 'FAILED' })
  })

  it('of money per run', async () => {
    const world = await aWorld({ options: { budgets: { ...NO_BOUND, run: { tokens: null, usd: 0.03 } } } })
    await expect(world.councils.deliberate(aRequest(), ASKING)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
    expect(world.stage.asked).toHaveLength(3)
  })

  it('of a day counts all runs of all processes, once each, and is a new one the next day', async () => {
    const world = await aWorld({ options: { budgets: { ...NO_BOUND, day: { tokens: null, usd: 0.1 } } } })
    await world.councils.deliberate(aRequest(), ASKING)
    expect(await world.ports.store.spentOn('2026-01-05')).toEqual({ tokens: 360, usd: expect.closeTo(0.09) })
    await expect(world.another().deliberate(aRequest(), ASKING)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
    // Nothing is left: the next is refused before anything is stored.
    await expect(world.councils.deliberate(aRequest(), ASKING)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
    expect((await world.councils.list({ limit: 10 })).deliberations).toHaveLength(2)
    world.pass(24 * 3_600_000)
    await world.councils.deliberate(aRequest(), ASKING)
  })
})

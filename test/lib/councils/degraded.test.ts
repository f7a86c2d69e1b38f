/** A result that is not whole says so: in its tags, its status, its warnings, its event and the figures. */
import { describe, expect, it } from 'vitest'
import { councilEvent } from '#lib/councils/event-schema'
import { councilEventOf } from '#lib/councils/events'
import type { Failure, Mark, Review } from '#lib/councils/model'
import type { Agents, Spoken } from '#lib/councils/ports'
import type { Update } from '#lib/councils/service'
import { entriesOf } from './support/agents.ts'
import { ASKING, anOrchestration, aRequest, aWorld, type World } from './support/world.ts'

const malformed: Failure = { kind: 'malformed', message: 'asked twice: it is not the JSON that was asked for.' }
const timeout: Failure = { kind: 'timeout', message: 'It did not answer in time.' }

/** The agents of a world whose answers to `method` carry a mark. */
function marking(world: World, agentId: string, method: 'propose' | 'review' | 'revise', mark: Mark): Agents {
  return {
    of(entry) {
      const agent = world.stage.of(entry)
      if (entry.agent_id !== agentId) return agent
      const asked = agent[method] as (...all: unknown[]) => Promise<Spoken<unknown>>
      return { ...agent, [method]: async (...all: unknown[]) => ({ ...(await asked(...all)), marks: [mark] }) }
    },
  }
}

const eventOf = async (world: World, id: string) => {
  const after = (await world.ports.store.find(id))!
  return councilEventOf({ before: { ...after, standing: { kind: 'open' } }, after })
}

describe('a run whose reviews are all void', () => {
  it('is decided by the checks alone, and says so wherever it is shown', async () => {
    const world = await aWorld()
    world.stage.everybody({ review: () => malformed })
    world.stage.script('agent-dev-003', { review: () => timeout })
    const updates: Update[] = []

    const { metadata, results } = await world.councils.deliberateWatched(aRequest(), ASKING, (one) => updates.push(one))

    expect(results.map(({ score }) => score)).toEqual([1, 1, 1])
    expect(metadata.tags).toMatchObject({
      selected_by: 'checks_only',
      reviews: '0',
      void_reviews: '3',
      void_review_kinds: 'malformed=2,timeout=1',
      degraded: 'true',
      degraded_reasons: 'reviews_below_quorum',
    })
    const warning =
      'Round 1: 0 of 3 reviews are valid (void: malformed=2,timeout=1); the checks alone decided; a quorum needs 2.'
    const told = { degraded: true, warnings: [warning] }
    expect(await world.councils.result(metadata.execution_id)).toMatchObject({
      ...{ status: 'COMPLETED', status_detail: 'DEGRADED', metadata: { tags: { degraded: 'true' } } },
      ...told,
    })
    expect(await world.councils.transcript(metadata.execution_id)).toMatchObject(told)
    expect((await world.councils.list({ limit: 1 })).deliberations).toMatchObject([
      { status_detail: 'DEGRADED', ...told },
    ])
    expect(updates.at(-1)).toMatchObject({ current_step: 'complete, degraded: reviews_below_quorum' })
    const event = await eventOf(world, metadata.execution_id)
    expect(event).toMatchObject({
      ...{ event_type: 'DELIBERATION_COMPLETED', selected_by: 'checks_only' },
      ...{ degraded: true, degraded_reasons: ['reviews_below_quorum'] },
    })
    expect(councilEvent.parse(event)).toEqual(event)
    const { councils } = await world.councils.metrics('councils', 0)
    expect(councils?.health_per_council['DEV']).toMatchObject({ status: 'degraded', success_rate: 0 })
  })

  it('keeps its degradation over a restart, and its votes still lead to its ranking', async () => {
    const world = await aWorld()
    world.stage.everybody({ review: () => malformed })
    const { execution_id, winner } = await world.councils.orchestrate(
      anOrchestration({ options: { ...anOrchestration().options, enable_architect_selection: false } }),
      ASKING,
    )

    const again = await world
      .another()
      .orchestrate(
        anOrchestration({ options: { ...anOrchestration().options, enable_architect_selection: false } }),
        ASKING,
      )

    expect(again).toMatchObject({ execution_id, winner: { proposal: winner.proposal } })
    expect(again.metadata.tags).toMatchObject({ degraded: 'true', selected_by: 'checks_only' })
    expect(await world.councils.recount(execution_id)).toMatchObject({ agrees: true })
  })
})

describe('reviews', () => {
  it('below a majority of a round make the run degraded', async () => {
    const world = await aWorld()
    world.stage.script('agent-dev-001', { review: () => malformed })
    world.stage.script('agent-dev-002', { review: () => malformed })

    const { metadata } = await world.councils.deliberate(aRequest(), ASKING)

    expect(metadata.tags).toMatchObject({
      ...{ selected_by: 'ranking', degraded: 'true', degraded_reasons: 'reviews_below_quorum' },
      ...{ reviews: '1', void_reviews: '2', void_review_kinds: 'malformed=2' },
    })
  })

  it('of a majority leave the run whole, with a word on the void one', async () => {
    const world = await aWorld()
    world.stage.script('agent-dev-001', { review: () => malformed })

    const { metadata } = await world.councils.deliberate(aRequest(), ASKING)

    expect(metadata.tags).toMatchObject({ selected_by: 'ranking', void_reviews: '1', void_review_kinds: 'malformed=1' })
    expect(metadata.tags).not.toHaveProperty('degraded')
    expect(await world.councils.result(metadata.execution_id)).toMatchObject({
      ...{ status_detail: 'COMPLETED', degraded: false },
      warnings: ['Round 1: 2 of 3 reviews are valid (void: malformed=1).'],
    })
  })

  it('that are void in a later round only make the run degraded, too', async () => {
    const world = await aWorld()
    let reviews = 0
    const fair = ({ shown }: { shown: readonly { proposal: number }[] }): readonly Review[] =>
      shown.map(({ proposal }) => ({ proposal, scores: { worth: 0.5 }, critique: 'mend' }))
    world.stage.everybody({ review: (asked) => (++reviews <= 3 ? fair(asked) : malformed) })

    const { metadata } = await world.councils.deliberate(aRequest({ rounds: 2 }), ASKING)

    expect(metadata.tags).toMatchObject({ rounds_run: '1', degraded_reasons: 'reviews_below_quorum', reviews: '3' })
    expect((await world.councils.result(metadata.execution_id)).warnings).toEqual([
      'Round 2: 0 of 3 reviews are valid (void: malformed=3); a quorum needs 2.',
    ])
  })

  it('that leave out proposals are told as partly void', async () => {
    const world = await aWorld()
    world.stage.script('agent-dev-001', {
      review: ({ shown }) => shown.slice(1).map(({ proposal }) => ({ proposal, scores: { worth: 1 }, critique: '' })),
    })

    const { metadata } = await world.councils.deliberate(aRequest(), ASKING)

    expect(metadata.tags).toMatchObject({ void_reviews: '0', void_review_kinds: 'partly_void=1' })
    expect(metadata.tags).not.toHaveProperty('degraded')
  })

  it('that nobody asked for are not missed', async () => {
    const world = await aWorld({ entries: entriesOf('DEV', 3) })
    const options = { ...anOrchestration().options, enable_peer_review: false }

    const { metadata } = await world.councils.orchestrate(anOrchestration({ options }), ASKING)

    expect(metadata.tags).toMatchObject({ selected_by: 'checks_only' })
    expect(metadata.tags).not.toHaveProperty('degraded')
  })
})

describe('a whole run', () => {
  it('says nothing of degradation', async () => {
    const world = await aWorld()
    const { metadata } = await world.councils.deliberate(aRequest(), ASKING)

    expect(metadata.tags).toMatchObject({ selected_by: 'ranking', reviews: '3', void_reviews: '0' })
    expect(metadata.tags).not.toHaveProperty('degraded')
    expect(await world.councils.result(metadata.execution_id)).toMatchObject({ degraded: false, warnings: [] })
    expect(await eventOf(world, metadata.execution_id)).toMatchObject({ degraded: false, degraded_reasons: [] })
  })
})

describe('what else makes a run degraded', () => {
  it('is an agent that gave no proposal, or did not revise', async () => {
    const world = await aWorld()
    world.stage.script('agent-dev-001', { propose: () => timeout })
    world.stage.script('agent-dev-002', { revise: () => malformed })

    const { metadata } = await world.councils.deliberate(aRequest(), ASKING)

    expect(metadata.tags).toMatchObject({
      ...{ degraded_reasons: 'agents_failed', failed_agents: 'agent-dev-001', failed_revisions: 'agent-dev-002' },
    })
  })

  it('is a check that could not judge: the proposal says it, and the run', async () => {
    const world = await aWorld()
    world.stage.script('agent-dev-002', { revise: () => 'a text that BREAKS the checks' })

    const { metadata, results } = await world.councils.deliberate(aRequest(), ASKING)

    expect(metadata.tags).toMatchObject({ degraded_reasons: 'checks_unjudged', unjudged_checks: 'policy,lint,dryrun' })
    const broken = results.find(({ proposal }) => proposal.author_id === 'agent-dev-002')
    expect(broken?.checks.additional_checks).toContainEqual(
      expect.objectContaining({ check_type: 'unjudged', passed: false, message: expect.stringContaining('policy') }),
    )
    expect(broken?.checks).not.toHaveProperty('unjudged')
  })

  it.each([
    ['truncated', 'cut at max_tokens (LLM_MAX_TOKENS).', 'answers_cut', 'whole_text'],
    ['fallback_model', 'gpt-mini answered for gpt.', 'fallback_model', 'fallback_model'],
  ] as const)('is an answer marked as %s', async (kind, message, reason, check) => {
    const world = await aWorld()
    const councils = world.another({ agents: marking(world, 'agent-dev-002', 'revise', { kind, message }) })

    const { metadata, results } = await councils.deliberate(aRequest(), ASKING)

    expect(metadata.tags).toMatchObject({ degraded: 'true', degraded_reasons: reason })
    expect((await world.councils.result(metadata.execution_id)).warnings).toEqual([expect.stringContaining(message)])
    const told = results.map(({ checks }) => checks.additional_checks.some(({ check_type }) => check_type === check))
    expect(told.filter(Boolean)).toHaveLength(1)
    const { entries } = await world.councils.transcript(metadata.execution_id)
    expect(entries.find(({ stage, agent_id }) => stage === 'revise' && agent_id === 'agent-dev-002')).toMatchObject({
      output: { marks: [{ kind, message }] },
    })
  })

  it('is an architect that gave no choice', async () => {
    const world = await aWorld({ entries: [...entriesOf('DEV', 3), ...entriesOf('ARCHITECT', 1)] })
    world.stage.script('agent-architect-001', { judge: () => timeout })

    const { metadata } = await world.councils.orchestrate(anOrchestration(), ASKING)

    expect(metadata.tags).toMatchObject({
      ...{ selected_by: 'ranking', degraded_reasons: 'architect_failed', architect_failure: 'timeout' },
    })
  })
})

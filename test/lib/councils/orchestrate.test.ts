import { describe, expect, it } from 'vitest'
import { entriesOf } from './support/agents.ts'
import { ASKING, anOrchestration, aRequest, aWorld, until } from './support/world.ts'

const ENTRIES = [...entriesOf('DEV', 4), ...entriesOf('ARCHITECT', 2)]
const PLAIN = { enable_peer_review: true, deliberation_rounds: 1, enable_architect_selection: true, custom_params: {} }

describe('an orchestration', () => {
  it('has the architect pick among the best three, anonymous and in no telling order, with a reason', async () => {
    const { councils, stage } = await aWorld({ entries: ENTRIES })
    stage.everybody({ judge: ({ candidates }) => ({ candidate: candidates.length, reason: 'simple' }) })

    const answer = await councils.orchestrate(anOrchestration(), ASKING)

    const [judged] = stage.asked.filter(({ what }) => what === 'judge')
    expect(judged).toMatchObject({ agent_id: 'agent-architect-001' })
    expect(judged?.candidates).toHaveLength(3)
    expect(judged?.candidates.every(({ content }) => !content.includes('agent-dev'))).toBe(true)
    expect(answer.candidates).toHaveLength(4)
    expect(answer.candidates).toContainEqual(answer.winner)
    expect(answer.winner.rank).toBeLessThanOrEqual(3)
    expect(answer.metadata.tags).toMatchObject({
      selected_by: 'architect',
      architect: 'agent-architect-001',
      architect_reason: 'simple',
    })
    expect(answer.metadata.execution_id).toBe(answer.execution_id)
  })

  it.each([
    ['the architect fails', { kind: 'unavailable', message: 'down' } as const],
    ['it picks what is not there', { candidate: 9, reason: '' }],
  ])('goes by the ranking when %s', async (_, said) => {
    const { councils, stage } = await aWorld({ entries: ENTRIES })
    stage.everybody({ judge: () => said })
    const answer = await councils.orchestrate(anOrchestration(), ASKING)
    expect(answer.winner.rank).toBe(1)
    expect(answer.metadata.tags).toMatchObject({ selected_by: 'ranking' })
  })

  it('never shows the architect what fails policy while another passes', async () => {
    const { councils, stage } = await aWorld({ entries: ENTRIES })
    for (const id of ['agent-dev-001', 'agent-dev-002']) {
      stage.script(id, { propose: () => `FORBIDDEN ${id}`, revise: (_, own) => own })
    }
    await councils.orchestrate(anOrchestration(), ASKING)
    const [judged] = stage.asked.filter(({ what }) => what === 'judge')
    expect(judged?.candidates).toHaveLength(2)
    expect(judged?.candidates.some(({ content }) => content.includes('FORBIDDEN'))).toBe(false)
  })

  it('of architects is not judged by one who took part', async () => {
    const { councils } = await aWorld({ entries: ENTRIES })
    const answer = await councils.orchestrate(anOrchestration({ role: 'architect' }), ASKING)
    expect(answer.metadata.tags).toMatchObject({ selected_by: 'ranking' })
  })

  it('reviews and selects when its options say nothing, and only what they say otherwise', async () => {
    const { councils, stage } = await aWorld({ entries: ENTRIES })
    const silent = {
      enable_peer_review: false,
      deliberation_rounds: 0,
      enable_architect_selection: false,
      custom_params: {},
    }
    await councils.orchestrate(anOrchestration({ options: silent }), ASKING)
    expect(new Set(stage.asked.map(({ what }) => what))).toEqual(new Set(['propose', 'review', 'revise', 'judge']))
    stage.asked.length = 0
    const few = { ...PLAIN, enable_peer_review: false, custom_params: { num_agents: '2', top_k: '1' } }
    const answer = await councils.orchestrate(anOrchestration({ task_id: 'x', options: few }), ASKING)
    expect(stage.asked.map(({ what }) => what)).toEqual(['propose', 'propose'])
    expect(answer.candidates).toHaveLength(2)
  })
})

describe('a task that is sent again', () => {
  it('is answered by the stored run', async () => {
    const { councils, another, stage } = await aWorld()
    const first = await councils.orchestrate(anOrchestration(), ASKING)
    const second = await another().orchestrate(anOrchestration(), { correlation_id: 'other' })
    expect(second).toEqual(first)
    expect(stage.asked).toHaveLength(9)
    expect(await councils.result('task-1')).toMatchObject({ task_id: 'task-1', execution_id: first.execution_id })
  })

  it('while it is under way is answered by the same run', async () => {
    const world = await aWorld()
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    world.stage.everybody({ review: async () => gate.then(() => []) })
    const first = world.councils.orchestrate(anOrchestration(), ASKING)
    await until(() => world.stage.asked.length === 6)
    const second = world.another().orchestrate(anOrchestration(), ASKING)
    await until(() => world.waiting() === 3)
    release()
    const answer = await first
    world.pass(500)
    expect(await second).toEqual(answer)
    expect((await world.councils.list({ limit: 10 })).deliberations).toHaveLength(1)
  })

  it('at the same moment makes one run', async () => {
    const world = await aWorld()
    const submitted = await Promise.all(
      Array.from({ length: 6 }, () => world.another().submitOrchestration(anOrchestration(), ASKING)),
    )
    const [one] = submitted
    expect(new Set(submitted.map(({ execution_id }) => execution_id)).size).toBe(1)
    expect((await world.councils.list({ limit: 10 })).deliberations).toHaveLength(1)
    expect(await world.councils.resume(one?.execution_id ?? '', ASKING)).toMatchObject({ status: 'COMPLETED' })
  })

  it('with another request is another run, and the task leads to the newest', async () => {
    const { councils } = await aWorld()
    const first = await councils.orchestrate(anOrchestration(), ASKING)
    const second = await councils.orchestrate(anOrchestration({ task_description: 'Write a stack.' }), ASKING)
    expect(second.execution_id).not.toBe(first.execution_id)
    expect(await councils.result('task-1')).toMatchObject({ execution_id: second.execution_id })
    expect(await councils.result(first.execution_id)).toMatchObject({ status: 'COMPLETED' })
  })

  it('after it failed is tried anew', async () => {
    const { councils, stage } = await aWorld()
    stage.everybody({ propose: () => ({ kind: 'unavailable', message: 'down' }) })
    await expect(councils.orchestrate(anOrchestration(), ASKING)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    stage.everybody({})
    const answer = await councils.orchestrate(anOrchestration(), ASKING)
    expect(await councils.result('task-1')).toMatchObject({ status: 'COMPLETED', execution_id: answer.execution_id })
    expect((await councils.list({ limit: 10 })).deliberations).toHaveLength(2)
  })
})

describe('what nobody knows', () => {
  it('is NOT_FOUND, in a message that says so', async () => {
    const { councils } = await aWorld()
    for (const call of [
      () => councils.result('nothing'),
      () => councils.result(''),
      () => councils.transcript('nothing'),
      () => councils.recount('nothing'),
      () => councils.resume('nothing', ASKING),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'NOT_FOUND', message: /not found/ })
    }
  })

  it('lists page by page, newest first', async () => {
    const { councils, clock } = await aWorld()
    const ids: string[] = []
    for (let at = 0; at < 5; at++) {
      ids.unshift((await councils.deliberate(aRequest({ num_agents: 1 }), ASKING)).metadata.execution_id)
      clock.advance(1)
    }
    const first = await councils.list({ limit: 3 })
    const second = await councils.list({ limit: 3, cursor: first.next_cursor })
    expect([...first.deliberations, ...second.deliberations].map(({ execution_id }) => execution_id)).toEqual(ids)
    expect(second.next_cursor).toBeUndefined()
  })
})

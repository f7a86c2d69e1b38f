import { describe, expect, it } from 'vitest'
import type { CreateCouncilRequest, RegisterAgentRequest } from '#lib/councils/service'
import { entriesOf } from './support/agents.ts'
import { ASKING, anOrchestration, aRequest, aWorld } from './support/world.ts'

const aCouncil = (over: Partial<CreateCouncilRequest> = {}, config: Partial<CreateCouncilRequest['config']> = {}) => ({
  role: 'QA',
  num_agents: 0,
  ...over,
  config: {
    deliberation_rounds: 0,
    enable_peer_review: false,
    model_profile: '',
    custom_params: {},
    agent_type: 'MOCK',
    ...config,
  },
})

const anAgent = (over: Partial<RegisterAgentRequest> = {}): RegisterAgentRequest => ({
  agent_id: 'ada',
  role: 'QA',
  capabilities: { supported_tasks: ['review'], model_profile: 'gpt-x', max_concurrent_tasks: 2, languages: ['ts'] },
  endpoint: '',
  metadata: {},
  ...over,
})

describe('a role without a council', () => {
  it('answers UNIMPLEMENTED in the words of the contract', async () => {
    const { councils } = await aWorld({ entries: [] })
    await expect(councils.deliberate(aRequest(), ASKING)).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
      message: 'No agents configured for role: DEV. Agents must be registered before deliberation can occur.',
    })
    await expect(councils.orchestrate(anOrchestration(), ASKING)).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
      message: 'No agents configured. Agents must be registered before orchestration can occur.',
    })
    await councils.createCouncil(aCouncil())
    await expect(councils.orchestrate(anOrchestration(), ASKING)).rejects.toMatchObject({
      message: 'No agents configured for role: DEV. Agents must be registered before deliberation can occur.',
    })
  })
})

describe('a council', () => {
  it('is created, listed, used under any spelling of its role, and deleted', async () => {
    const { councils, another } = await aWorld({ entries: [] })
    expect(await councils.createCouncil(aCouncil())).toEqual({
      council_id: 'council-qa',
      agents_created: 3,
      agent_ids: ['agent-qa-001', 'agent-qa-002', 'agent-qa-003'],
    })
    await expect(councils.createCouncil(aCouncil({ role: 'qa', num_agents: 1 }))).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    })
    expect(await another().listCouncils({ role_filter: 'Qa', include_agents: true })).toMatchObject([
      {
        council_id: 'council-qa',
        role: 'QA',
        num_agents: 3,
        status: 'active',
        model: 'offline-template',
        agents: [{}, {}, { status: 'ready' }],
      },
    ])
    const { results, metadata } = await councils.deliberate(aRequest({ role: 'qA', rounds: 0 }), ASKING)
    expect(results).toHaveLength(3)
    expect(metadata.tags).toMatchObject({ offline: 'true', rounds: '1' })
    expect(await councils.deleteCouncil('QA')).toMatchObject({ success: true, agents_removed: 3 })
    await expect(councils.deleteCouncil('QA')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await councils.listCouncils({ role_filter: '', include_agents: false })).toEqual([])
    expect(await councils.createCouncil(aCouncil({ num_agents: 1 }))).toMatchObject({ agents_created: 1 })
  })

  it('of the configuration is there without a write, and stays deleted over a restart', async () => {
    const { councils, another } = await aWorld({ entries: [...entriesOf('DEV', 3), ...entriesOf('DATA', 3)] })
    await expect(councils.createCouncil(aCouncil({ role: 'dev' }))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' })
    await councils.deleteCouncil('DEV')
    await councils.unregisterAgent('agent-data-002', 'DATA')
    const seen = await another().listCouncils({ role_filter: '', include_agents: true })
    expect(seen.map(({ role, agents }) => [role, agents.map(({ agent_id }) => agent_id)])).toEqual([
      ['DATA', ['agent-data-001', 'agent-data-003']],
    ])
  })

  it('deliberates with as many as are asked for, and not with more than there are', async () => {
    const { councils } = await aWorld({ entries: entriesOf('DEV', 5) })
    expect((await councils.deliberate(aRequest(), ASKING)).results).toHaveLength(3)
    expect((await councils.deliberate(aRequest({ num_agents: 5 }), ASKING)).results).toHaveLength(5)
    await expect(councils.deliberate(aRequest({ num_agents: 6 }), ASKING)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      field: 'num_agents',
    })
  })

  it.each([
    ['MOCK', 'offline-template'],
    ['vllm', 'gpt'],
    ['RAY_VLLM', 'gpt'],
    ['anthropic', 'claude'],
    ['', 'gpt'],
  ])('of the type "%s" has the model %s', async (agent_type, model) => {
    const { councils } = await aWorld({ entries: [] })
    await councils.createCouncil(aCouncil({}, { agent_type }))
    expect(await councils.listCouncils({ role_filter: '', include_agents: false })).toMatchObject([{ model }])
  })

  it('of offline agents is refused where they are not allowed, stored or new', async () => {
    const world = await aWorld({ entries: entriesOf('DEV', 3, { kind: 'offline' }), options: { allowOffline: false } })
    const refused = { code: 'FAILED_PRECONDITION', message: expect.stringContaining('ALLOW_OFFLINE_AGENTS') }
    await expect(world.councils.createCouncil(aCouncil())).rejects.toMatchObject(refused)
    await expect(world.councils.deliberate(aRequest(), ASKING)).rejects.toMatchObject(refused)
  })

  it('whose kind is not configured is refused, naming what is missing', async () => {
    const { councils, stage } = await aWorld({ entries: [] })
    stage.refuse('agent-qa-001')
    await expect(councils.createCouncil(aCouncil())).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: /no key/,
    })
  })
})

describe('an agent', () => {
  it('is registered in a council that is there, listed with its capabilities, and unregistered', async () => {
    const { councils, another } = await aWorld({ entries: [] })
    await councils.createCouncil(aCouncil({ num_agents: 1 }))
    expect(await councils.registerAgent(anAgent())).toMatchObject({ success: true, council_id: 'council-qa' })
    await expect(councils.registerAgent(anAgent())).rejects.toMatchObject({ code: 'ALREADY_EXISTS' })
    const { capabilities } = anAgent()
    expect(await another().listCouncils({ role_filter: '', include_agents: true })).toMatchObject([
      { num_agents: 2, model: 'offline-template,gpt-x', agents: [{}, { agent_id: 'ada', capabilities }] },
    ])
    await expect(councils.unregisterAgent('bob', 'QA')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'Agent bob not found in council-qa.',
    })
    await expect(councils.unregisterAgent('ada', 'DEV')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await councils.unregisterAgent('ada', 'qa')).toMatchObject({ success: true })
    await councils.unregisterAgent('agent-qa-001', 'QA')
    await expect(councils.deliberate(aRequest({ role: 'QA' }), ASKING)).rejects.toMatchObject({ code: 'UNIMPLEMENTED' })
  })

  it.each([
    ['whatever else is wrong with the agent', { agent_id: 'a b', endpoint: 'x'.repeat(3_000) }],
    ['an agent of a kind that nobody knows', { metadata: { kind: 'HUMAN' } }],
    ['an agent that could not work here', { agent_id: 'refused' }],
  ])('of a council that is not there is NOT_FOUND before anything else is judged: %s', async (_, over) => {
    const { councils, stage } = await aWorld({ entries: [] })
    stage.refuse('refused')
    const missing = { code: 'NOT_FOUND', message: 'Council council-qa not found. Make it with CreateCouncil first.' }

    await expect(councils.registerAgent(anAgent(over))).rejects.toMatchObject(missing)

    await councils.createCouncil(aCouncil())
    await expect(councils.registerAgent(anAgent(over))).rejects.not.toMatchObject(missing)
    await councils.deleteCouncil('QA')
    await expect(councils.registerAgent(anAgent(over))).rejects.toMatchObject(missing)
  })

  it('registered by many at once is there once each', async () => {
    const { councils, another } = await aWorld({ entries: [] })
    await councils.createCouncil(aCouncil({ num_agents: 1 }))
    const ids = ['a', 'b', 'c', 'd', 'd']
    const all = await Promise.allSettled(ids.map((agent_id) => another().registerAgent(anAgent({ agent_id }))))
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(await councils.listCouncils({ role_filter: '', include_agents: false })).toMatchObject([{ num_agents: 5 }])
  })
})

describe('what is out of bounds', () => {
  const long = 'x'.repeat(100_001)
  it.each([
    ['rounds', aRequest({ rounds: -1 })],
    ['rounds', aRequest({ rounds: 11 })],
    ['num_agents', aRequest({ num_agents: 17 })],
    ['num_agents', aRequest({ num_agents: -1 })],
    ['role', aRequest({ role: '' })],
    ['role', aRequest({ role: '1A' })],
    ['role', aRequest({ role: 'A'.repeat(65) })],
    ['task_description', aRequest({ task_description: long })],
    ['constraints.timeout_seconds', aRequest({ timeout_seconds: -1 })],
    ['constraints.rubric', { ...aRequest(), constraints: { ...aRequest().constraints, rubric: long } }],
    [
      'constraints.requirements[1]',
      { ...aRequest(), constraints: { ...aRequest().constraints, requirements: ['', long] } },
    ],
  ])('is INVALID_ARGUMENT naming %s', async (field, request) => {
    const { councils, stage } = await aWorld()
    await expect(councils.deliberate(request, ASKING)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field })
    expect(stage.asked).toHaveLength(0)
  })

  it('for agents, councils and orchestrations, too', async () => {
    const { councils } = await aWorld()
    const options = { ...anOrchestration().options, custom_params: { top_k: 'many' } }
    for (const [field, call] of [
      ['num_agents', () => councils.createCouncil(aCouncil({ num_agents: 17 }))],
      ['config.agent_type', () => councils.createCouncil(aCouncil({}, { agent_type: 'HUMAN' }))],
      ['agent_id', () => councils.registerAgent(anAgent({ agent_id: 'a b', role: 'DEV' }))],
      ['metadata', () => councils.registerAgent(anAgent({ role: 'DEV', metadata: { a: 'x'.repeat(5_000) } }))],
      ['task_id', () => councils.orchestrate(anOrchestration({ task_id: 'a\nb' }), ASKING)],
      ['custom_params.top_k', () => councils.orchestrate(anOrchestration({ options }), ASKING)],
      ['time_range_ms', () => councils.metrics('all', -1)],
    ] as const) {
      await expect(call()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field })
    }
  })

  it('is not an empty task', async () => {
    const { councils } = await aWorld()
    expect((await councils.deliberate(aRequest({ task_description: '' }), ASKING)).results).toHaveLength(3)
  })
})

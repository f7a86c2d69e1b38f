import { describe, expect, it } from 'vitest'
import { agentId, defaultEntries, kindNamed, type RegistryConfig } from '#lib/agents/registry'
import { parseAgentsFile } from '#lib/agents/registry-file'
import { agentSettings, agentsOptions, registryConfig } from '#lib/agents/settings'
import { type Environment, readConfig } from '#lib/config'
import { AppError } from '#lib/errors'

const ADDRESSES = { allowed: ['127.0.0.1:8000', 'localhost:50061', 'localhost:50070', 'localhost:50071'] }

function entries(env: Environment, file?: unknown) {
  return defaultEntries(registryConfig(readConfig(agentSettings, env), ADDRESSES, file))
}

function problems(make: () => unknown): readonly string[] {
  try {
    make()
  } catch (error) {
    if (error instanceof AppError) return error.errors.map(({ path, message }) => `${path}: ${message}`)
  }
  return []
}

describe('the agents there are', () => {
  it('are offline ones when nothing is configured, three to each of five roles', () => {
    const all = entries({})
    expect(all).toHaveLength(15)
    expect(all.slice(0, 4).map(({ agent_id }) => agent_id)).toEqual([
      'agent-dev-001',
      'agent-dev-002',
      'agent-dev-003',
      'agent-qa-001',
    ])
    expect(new Set(all.map(({ role }) => role))).toEqual(new Set(['DEV', 'QA', 'ARCHITECT', 'DEVOPS', 'DATA']))
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['offline']))
  })

  it.each<Environment>([{ STAND_INS: 'off' }, { ALLOW_OFFLINE_AGENTS: 'false' }])('are none with %j', (env) =>
    expect(entries(env)).toEqual([]),
  )

  it.each<[Environment, object]>([
    [{ OPENAI_API_KEY: 'k' }, { kind: 'openai', model: 'gpt-4.1', temperature: 0.7 }],
    [
      { OPENAI_BASE_URL: 'http://127.0.0.1:8000/v1', LLM_MODEL: 'qwen3' },
      { kind: 'openai', model: 'qwen3' },
    ],
    [
      { ANTHROPIC_API_KEY: 'k', LLM_TEMPERATURE: '0' },
      { kind: 'anthropic', model: 'claude-sonnet-4-5', temperature: 0 },
    ],
    [
      { ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k', LLM_MODEL: 'gpt-4' },
      { kind: 'openai', model: 'gpt-4' },
    ],
    [
      { OPENAI_API_KEY: 'k', LLM_MODEL: 'claude-3' },
      { kind: 'openai', model: 'claude-3' },
    ],
    [
      { AGENT_REGISTRY_HOST: 'localhost', AGENT_REGISTRY_PORT: '50061', LLM_MODEL: 'gpt-4' },
      { kind: 'http', endpoint: 'http://localhost:50061/agents/agent-dev-001', model: 'gpt-4' },
    ],
  ])('with %j begin with %j', (env, first) => {
    const all = entries({ ...env, NUM_AGENTS_PER_ROLE: '2', STAND_INS: 'off' })
    expect(all).toHaveLength(10)
    expect(all[0]).toMatchObject({ agent_id: 'agent-dev-001', ...first })
  })

  it('come from a file by role, with endpoints as the file writes them', async () => {
    const file = await parseAgentsFile(
      'agents.yaml',
      [
        'agents:',
        '  dev:',
        '    - endpoint: "localhost:50070"',
        '      model: "gpt-4"',
        '    - endpoint: "localhost:50071"',
        '      model: "claude-3"',
        '  qa:',
        '    - kind: openai',
        '      model: qwen3',
        '      endpoint: http://127.0.0.1:8000/v1',
        '      temperature: 0.2',
      ].join('\n'),
    )
    expect(entries({ OPENAI_API_KEY: 'ignored' }, file)).toMatchObject([
      { agent_id: 'agent-dev-001', role: 'DEV', kind: 'http', endpoint: 'http://localhost:50070', model: 'gpt-4' },
      { agent_id: 'agent-dev-002', role: 'DEV', kind: 'http', endpoint: 'http://localhost:50071', model: 'claude-3' },
      { agent_id: 'agent-qa-001', kind: 'openai', endpoint: 'http://127.0.0.1:8000/v1', temperature: 0.2 },
    ])
  })

  it('come from a file as a list, with all that an entry may say', async () => {
    const agents = [
      { role: 'dev', model: 'claude-haiku-4-5', max_tokens: 100, metadata: { team: 'a' } },
      { role: 'LEGAL', agent_id: 'lawyer', kind: 'offline', capabilities: { languages: ['de'] } },
      { role: 'DEV', kind: 'anthropic' },
    ]
    const file = await parseAgentsFile('agents.json', JSON.stringify({ agents }))
    expect(entries({ ANTHROPIC_API_KEY: 'k' }, file)).toMatchObject([
      { agent_id: 'agent-dev-001', kind: 'anthropic', max_tokens: 100, metadata: { team: 'a' } },
      { agent_id: 'lawyer', kind: 'offline', capabilities: { languages: ['de'], max_concurrent_tasks: 1 } },
      { agent_id: 'agent-dev-002', kind: 'anthropic', model: 'claude-sonnet-4-5' },
    ])
  })
})

describe('a wrong configuration', () => {
  it('names every problem of the file at once', () => {
    const agents = {
      dev: [
        { kind: 'http' },
        { endpoint: 'http://169.254.169.254/' },
        { model: 'gpt-4' },
        { endpoint: 'agent-dev-0:50070', agent_id: 'agent-dev-001' },
      ],
    }
    expect(problems(() => entries({}, { agents }))).toEqual([
      expect.stringMatching(/^agents\.dev\.0\.endpoint: is needed/),
      expect.stringMatching(/^agents\.dev\.1\.endpoint: This address is refused: it is link-local/),
      expect.stringMatching(/^agents\.dev\.2\.model: "gpt-4" is served by no configured vendor/),
      expect.stringMatching(
        /^agents\.dev\.3\.endpoint: This address is refused.*list agent-dev-0:50070 in ALLOW_PRIVATE_URLS/,
      ),
      'agents: the id agent-dev-001 is given twice',
    ])
  })

  it.each<[string, unknown, RegExp]>([
    ['a wrong field', { agents: { dev: [{ modle: 'x' }] } }, /^agents\.dev\.0/],
    ['a wrong temperature', { agents: [{ role: 'DEV', temperature: 3 }] }, /^agents\.0\.temperature/],
    ['a wrong role', { agents: { '1dev': [{}] } }, /^agents/],
    ['nothing', null, /^agents/],
    ['text', 'agents', /^agents/],
  ])('of %s is named', (_, file, problem) => {
    expect(problems(() => entries({}, file))).toContainEqual(expect.stringMatching(problem))
  })

  it.each<[string, Environment, RegExp]>([
    ['a model nobody serves', { ANTHROPIC_API_KEY: 'k', LLM_MODEL: 'gpt-4' }, /LLM_MODEL/],
    ['a service that is private', { AGENT_REGISTRY_HOST: '10.0.0.1' }, /AGENT_REGISTRY_HOST/],
  ])('is %s', (_, env, problem) => expect(problems(() => entries(env))).toEqual([expect.stringMatching(problem)]))

  it('of the environment is told all at once, without secrets', () => {
    const env = {
      LLM_TEMPERATURE: '2.5',
      NUM_AGENTS_PER_ROLE: '0',
      LLM_PRICES: '{"m":{"input":-1,"output":1}}',
      AGENT_REGISTRY_HOST: 'a b',
      STAND_INS: 'maybe',
      ALLOW_OFFLINE_AGENTS: 'perhaps',
      OPENAI_BASE_URL: 'ftp://x',
    }
    const told = problems(() => readConfig(agentSettings, env))
    expect(told.map((one) => one.split(':')[0]).sort()).toEqual(Object.keys(env).sort())
  })

  it('is a file that cannot be parsed', async () => {
    await expect(parseAgentsFile('x.yaml', 'agents: [')).rejects.toMatchObject({ code: 'invalid' })
    expect(await parseAgentsFile('x.json', '{"agents":{}}')).toEqual({ agents: {} })
  })
})

describe('the settings', () => {
  it('say how vendors are reached, limited and paid', () => {
    const config = readConfig(agentSettings, {
      OPENAI_API_KEY: 'k',
      LLM_REQUESTS_PER_MINUTE: '60',
      LLM_FALLBACK_MODEL: 'gpt-4o-mini',
      LLM_PRICES: '{"m":{"input":1,"output":2}}',
    })
    expect(agentsOptions(config, ADDRESSES)).toEqual({
      anthropic: null,
      openai: { apiKey: 'k', baseUrl: null },
      offline: true,
      addresses: ADDRESSES,
      limit: { requests_per_minute: 60, tokens_per_minute: null },
      fallbackModel: 'gpt-4o-mini',
      mostTokens: 16_384,
      prices: { m: { input: 1, output: 2 } },
    })
    const registry: RegistryConfig = registryConfig(config, ADDRESSES, undefined)
    expect(registry).toMatchObject({ perRole: 3, temperature: 0.7, maxTokens: 4096, standIns: true })
  })

  it('know kinds by their other names', () => {
    expect(['MOCK', 'VLLM', 'RAY_VLLM', 'openai', 'Anthropic', 'x', 'constructor'].map(kindNamed)).toEqual([
      'offline',
      'openai',
      'openai',
      'openai',
      'anthropic',
      undefined,
      undefined,
    ])
    expect(agentId('Dev', 7)).toBe('agent-dev-007')
  })
})

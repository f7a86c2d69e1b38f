/** Agents before the stand-in for vendors, on a clock that moves when they sleep. */
import { onTestFinished } from 'vitest'
import { type AgentsOptions, createAgents } from '#lib/agents/agents'
import { seconds } from '#lib/clock'
import type { AgentEntry, CheckSuite, Task } from '#lib/councils/model'
import type { CallOptions } from '#lib/councils/ports'
import { type StandInLlm, startLlm } from '#sandbox/llm/server'
import { listing } from '#test/helpers/addresses'
import { aClock, type TestClock } from '#test/helpers/clock'

export const task: Task = {
  description: 'Implement user authentication',
  role: 'DEV',
  rubric: 'Secure, maintainable code',
  requirements: ['Unit tests', 'Error handling'],
  metadata: {},
}

export function anEntry(entry: Partial<AgentEntry> = {}): AgentEntry {
  return {
    agent_id: 'agent-dev-001',
    role: 'DEV',
    kind: 'openai',
    model: 'gpt-4.1',
    endpoint: null,
    temperature: 0.7,
    max_tokens: 1_000,
    capabilities: { supported_tasks: [], model_profile: 'default', max_concurrent_tasks: 1, languages: [] },
    metadata: {},
    ...entry,
  }
}

export function passing(checks: Partial<CheckSuite> = {}): CheckSuite {
  return {
    policy: { passed: true, violations: [], message: 'passed' },
    lint: { passed: true, error_count: 0, warning_count: 0, errors: [] },
    dryrun: { passed: true, output: '', exit_code: 0, message: 'nothing to run' },
    additional_checks: [],
    all_passed: true,
    ...checks,
  }
}

export interface Scene {
  readonly llm: StandInLlm
  readonly clock: TestClock
  /** What was slept for, ms. */
  readonly slept: readonly number[]
  /** What was logged as a warning. */
  readonly warned: readonly Readonly<Record<string, unknown>>[]
  readonly agents: ReturnType<typeof createAgents>
  call(call?: Partial<CallOptions>): CallOptions
}

let keys = 0

export async function aScene(options: Partial<AgentsOptions> = {}): Promise<Scene> {
  const llm = await startLlm({ port: 0 })
  onTestFinished(() => llm.close())
  const localhost = llm.url.replace('127.0.0.1', 'localhost')
  const clock = aClock()
  const slept: number[] = []
  const warned: Record<string, unknown>[] = []
  const sleep = async (ms: number) => {
    slept.push(ms)
    clock.advance(ms)
  }
  const agents = createAgents(
    { clock, sleep, chance: () => 0.5, warn: (message, details) => warned.push({ message, ...details }) },
    {
      anthropic: { apiKey: 'sk-ant-test', baseUrl: llm.v1 },
      openai: { apiKey: 'sk-test', baseUrl: llm.v1 },
      offline: true,
      addresses: listing(llm.url, localhost, options.openai?.baseUrl, options.anthropic?.baseUrl),
      limit: { requests_per_minute: null, tokens_per_minute: null },
      fallbackModel: null,
      mostTokens: 16_384,
      prices: {},
      ...options,
    },
  )
  const call = (given: Partial<CallOptions> = {}) => {
    keys += 1
    const never = new AbortController().signal
    return { signal: never, deadline: clock.now() + seconds(120), key: `run/${keys}`, ...given }
  }
  return { llm, clock, slept, warned, agents, call }
}

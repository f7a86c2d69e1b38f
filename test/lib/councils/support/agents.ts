/** Agents that say what a test wants, and remember what they were asked. */
import type { AgentEntry, Failure, Review, Spending } from '#lib/councils/model'
import type { Agent, Agents, Anonymous, CallOptions, Candidate, Checks, Judgement, Spoken } from '#lib/councils/ports'
import { AppError } from '#lib/errors'

function anEntry(agent_id: string, over: Partial<AgentEntry> = {}): AgentEntry {
  return {
    agent_id,
    role: 'DEV',
    kind: 'openai',
    model: 'model-1',
    endpoint: null,
    temperature: 0.7,
    max_tokens: 100,
    capabilities: { supported_tasks: [], model_profile: '', max_concurrent_tasks: 1, languages: [] },
    metadata: {},
    ...over,
  }
}

/** `agent-dev-001` and so on. */
export function entriesOf(role: string, count: number, over: Partial<AgentEntry> = {}): AgentEntry[] {
  return Array.from({ length: count }, (_, at) =>
    anEntry(`agent-${role.toLowerCase()}-${String(at + 1).padStart(3, '0')}`, { role, ...over }),
  )
}

const COST: Spending = { input_tokens: 30, output_tokens: 10, cost_usd: 0.01, model: 'model-1', ms: 20 }

export interface Asked {
  readonly agent_id: string
  readonly what: 'propose' | 'review' | 'revise' | 'judge'
  readonly key: string
  readonly shown: readonly Anonymous[]
  readonly critiques: readonly string[]
  readonly candidates: readonly Candidate[]
  readonly call: CallOptions
}

type Say<T> = (asked: Asked, own: string) => T | Failure | Promise<T | Failure>

/** What a scripted agent says; each a sensible answer unless a test says otherwise. */
export interface Script {
  readonly propose?: Say<string>
  readonly review?: Say<readonly Review[]>
  readonly revise?: Say<string>
  readonly judge?: Say<Judgement>
}

export interface Stage extends Agents {
  readonly asked: Asked[]
  /** Keys that a vendor would have billed: each once. */
  readonly billed: Set<string>
  script(agentId: string, script: Script): void
  everybody(script: Script): void
  refuse(agentId: string): void
}

const isFailure = (said: unknown): said is Failure =>
  typeof said === 'object' && said !== null && 'kind' in said && 'message' in said

/** A mark in 0…1 that depends on the text alone. */
const markOf = (text: string): number => ([...text].reduce((sum, char) => sum + char.charCodeAt(0), 0) % 97) / 97

export function aStage(): Stage {
  const scripts = new Map<string, Script>()
  const refused = new Set<string>()
  let common: Script = {}
  const stage: Stage = {
    asked: [],
    billed: new Set(),
    script: (id, script) => void scripts.set(id, { ...scripts.get(id), ...script }),
    everybody: (script) => {
      common = script
    },
    refuse: (id) => void refused.add(id),
    of(entry) {
      if (refused.has(entry.agent_id)) throw new AppError('invalid', `${entry.agent_id} has no key.`)
      return agentOf(entry)
    },
  }
  return stage

  function agentOf(entry: AgentEntry): Agent {
    const script = { ...common, ...scripts.get(entry.agent_id) }
    const say = async <T>(more: Partial<Asked> & Pick<Asked, 'what' | 'call'>, own: string, how: Say<T>) => {
      const { agent_id } = entry
      const asked: Asked = { agent_id, key: more.call.key, shown: [], critiques: [], candidates: [], ...more }
      stage.asked.push(asked)
      const said = await how(asked, own)
      stage.billed.add(asked.key)
      const spoken: Spoken<T> = isFailure(said)
        ? { kind: 'failed', failure: said, spending: COST }
        : { kind: 'spoken', value: said, spending: COST }
      return spoken
    }
    return {
      entry,
      propose: (_, call) => say({ what: 'propose', call }, '', script.propose ?? (() => `text of ${entry.agent_id}`)),
      review: (_, shown, call) => say({ what: 'review', call, shown }, '', script.review ?? fair),
      revise: (_, own, critiques, call) =>
        say(
          { what: 'revise', call, critiques },
          own,
          script.revise ?? ((asked, text) => `${text}+${asked.critiques.length}`),
        ),
      judge: (_, candidates, call) =>
        say({ what: 'judge', call, candidates }, '', script.judge ?? (() => ({ candidate: 1, reason: 'the first' }))),
    }
  }
}

const fair: Say<readonly Review[]> = ({ shown }) =>
  shown.map(({ proposal, content }) => ({ proposal, scores: { worth: markOf(content) }, critique: `mend ${proposal}` }))

/** Checks that pass unless the text says otherwise. */
export const checks: Checks = {
  run: async (_, content) => {
    if (content.includes('BREAKS')) throw new Error('a check broke')
    const passed = !content.includes('FORBIDDEN')
    return {
      policy: { passed, violations: passed ? [] : ['FORBIDDEN'], message: '' },
      lint: { passed: true, error_count: 0, warning_count: 0, errors: [] },
      dryrun: { passed: true, output: '', exit_code: 0, message: '' },
      additional_checks: [],
      all_passed: passed,
    }
  },
}

/** Runs the steps of one wave at once: each within the budget and the time, each output stored as soon as it is there. */
import type { Clock, Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Purse, Refusal } from './budget.ts'
import type { AgentEntry } from './model.ts'
import type { Agent, Agents, Alarm, Checks } from './ports.ts'
import { callKey, type Loaded, type Output, type Step } from './run.ts'
import { ask, check, failed, type Performed } from './steps.ts'
import type { RunStore } from './store-ports.ts'

export interface WavePorts {
  readonly store: Pick<RunStore, 'keep'>
  readonly agents: Agents
  readonly checks: Checks
  readonly clock: Clock
  readonly alarm: Alarm
}

export interface Wave {
  readonly steps: readonly Step[]
  readonly purse: Purse
  /** No call outlasts it. */
  readonly until: Instant
  /** Whose time `until` is: what we give every call, or what is left of the run's. */
  readonly limit: 'call_time' | 'caller'
  /** Nobody waits any more: what is under way is given up and not stored. */
  readonly signal: AbortSignal | undefined
  /** Told of each output once it is stored. */
  readonly stored: (output: Output) => void
}

export interface WaveEnd {
  readonly outputs: readonly Output[]
  /** Why a call was not made. */
  readonly refusal: Refusal | undefined
}

/** Why the calls of a wave are given up. */
type End = 'timeout' | 'abandoned'

/** Runs a wave to its end, whatever becomes of one of its steps; then throws what the store threw, if it did. */
export async function runWave(ports: WavePorts, loaded: Loaded, wave: Wave): Promise<WaveEnd> {
  const time = watch(ports, wave)
  try {
    const ends = await Promise.allSettled(wave.steps.map((step) => runStep(ports, loaded, { wave, step, time })))
    const broken = ends.find((end) => end.status === 'rejected')
    if (broken !== undefined) throw broken.reason
    const done = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
    return {
      outputs: done.flatMap(({ output }) => (output === undefined ? [] : [output])),
      refusal: done.find(({ refusal }) => refusal !== undefined)?.refusal,
    }
  } finally {
    time.stop()
  }
}

interface Watch {
  readonly signal: AbortSignal
  /** Resolves when the calls are given up. */
  readonly over: Promise<End>
  readonly stop: () => void
}

/** One alarm for all calls of a wave. */
function watch({ alarm, clock }: WavePorts, { until, signal }: Wave): Watch {
  const controller = new AbortController()
  let end: (why: End) => void = () => undefined
  const over = new Promise<End>((resolve) => {
    end = (why) => {
      controller.abort(why)
      resolve(why)
    }
  })
  const abandon = () => end('abandoned')
  const off = alarm(Math.max(0, until - clock.now()), () => end('timeout'))
  if (signal?.aborted) abandon()
  signal?.addEventListener('abort', abandon, { once: true })
  const stop = () => {
    off()
    signal?.removeEventListener('abort', abandon)
  }
  return { signal: controller.signal, over, stop }
}

interface Doing {
  readonly wave: Wave
  readonly step: Step
  readonly time: Watch
}

async function runStep(ports: WavePorts, loaded: Loaded, doing: Doing) {
  const { wave, step } = doing
  const performed = await perform(ports, loaded, doing)
  if (performed === 'abandoned') return { output: undefined, refusal: undefined }
  if ('message' in performed) return { output: undefined, refusal: performed }
  const output = await ports.store.keep(loaded.run.execution_id, { ...step, ...performed, at: ports.clock.now() })
  wave.stored(output)
  return { output, refusal: undefined }
}

async function perform(ports: WavePorts, loaded: Loaded, doing: Doing): Promise<Performed | Refusal | 'abandoned'> {
  const { wave, step } = doing
  if (step.stage === 'check') return { said: await check(loaded, step, ports.checks), spending: null }
  const entry = entryOf(loaded, step.agent_id)
  const agent = agentOf(ports.agents, entry)
  if (!('entry' in agent)) return agent
  const refusal = wave.purse.reserve(entry.max_tokens)
  if (refusal !== undefined) return refusal
  let reserved = entry.max_tokens
  const reserve = (tokens: number) => {
    const granted = wave.purse.reserve(tokens) === undefined
    if (granted) reserved += tokens
    return granted
  }
  const performed = await call(loaded, doing, { agent, reserve })
  wave.purse.pay(reserved, performed === 'abandoned' ? null : performed.spending)
  return performed
}

interface Callee {
  readonly agent: Agent
  readonly reserve: (tokens: number) => boolean
}

/** The call, or what its end by time makes of it. An agent that breaks is a failed agent, not a failed run. */
async function call(loaded: Loaded, doing: Doing, { agent, reserve }: Callee): Promise<Performed | 'abandoned'> {
  const { wave, step, time } = doing
  const key = callKey(loaded.run.execution_id, step)
  const options = { signal: time.signal, deadline: wave.until, limit: wave.limit, key, reserve }
  const answer = ask(loaded, step, agent, options).catch((error: unknown) => broken(error))
  const given = await Promise.race([answer, time.over])
  if (given === 'timeout') return { said: failed('timeout', 'It did not answer in time.'), spending: null }
  // A call that was called off by us says so; that is no word of the agent.
  if (given === 'abandoned' || time.signal.reason === 'abandoned') return 'abandoned'
  return given
}

function broken(error: unknown): Performed {
  const message = error instanceof Error ? error.message : String(error)
  return { said: failed('unavailable', `The agent broke: ${message}`), spending: null }
}

/** The agent of an entry; one whose kind is not configured has failed already. */
function agentOf(agents: Agents, entry: AgentEntry): Agent | Performed {
  try {
    return agents.of(entry)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { said: failed('unavailable', error.message), spending: null }
  }
}

function entryOf({ brief, run }: Loaded, agentId: string): AgentEntry {
  const entry = [...brief.agents, ...(brief.judge ? [brief.judge] : [])].find(({ agent_id }) => agent_id === agentId)
  if (entry === undefined) throw new Error(`${agentId} is no agent of the run ${run.execution_id}.`)
  return entry
}

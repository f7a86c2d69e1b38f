/**
 * The dispatcher: takes an attempt of a phase to the agent hub and its answer back into the run.
 *
 *     (none) ──claim──▶ running ──answer──▶ answered ──event──▶ the run moves on
 *                        │   ▲
 *             hub is away│   │ its time comes
 *                        ▼   │
 *                       waiting
 *
 * Every step is stored before the next begins, so another process goes on where this one died: a claim runs out, an answer
 * is paid for once, and the idempotency key makes the hub do one attempt once however often it is asked.
 */
import { type Clock, type Instant, minutes, type Sleep, seconds } from '#lib/clock'
import { AppError, isRetryable } from '#lib/errors'
import type { Chance } from '#lib/ids'
import { maskSecrets } from '#lib/secrets/secrets'
import { confidenceNeeded } from './consult.ts'
import { idempotencyKeyOf, isSuperseded, wantedOf } from './dispatch-of.ts'
import type { Engine } from './engine.ts'
import { invocationOf, resultOf } from './invocation.ts'
import type { Run, WorkflowEvent } from './model.ts'
import { noteOf } from './notes.ts'
import type {
  AgentHub,
  DispatchKey,
  DispatchRecord,
  DispatchStore,
  Invoked,
  Unusable,
  Verdict,
  WorkflowStore,
} from './ports.ts'
import type { Reading } from './reading.ts'
import { kept } from './requests.ts'
import { whileWanted } from './while-wanted.ts'

export interface DispatcherPorts {
  readonly engine: Engine
  readonly reading: Pick<Reading, 'briefOf' | 'resultsOf'>
  readonly store: WorkflowStore
  readonly dispatches: DispatchStore
  readonly hub: AgentHub
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
}

export interface DispatchOptions {
  readonly correlation_id: string
  /** Milliseconds this process has left. */
  readonly leftMs: number
}

/** `answered`: the run heard of it. `waiting`: the hub is away. `held`, `early`, `obsolete`: nothing to do here and now. */
export type Dispatched = 'answered' | 'waiting' | 'held' | 'early' | 'obsolete' | 'pending_human'

/** Kept back to store the answer when the hub takes all the time there is. */
const RESERVE_MS = seconds(5)
/** A claim outlives the call by this much. */
const GRACE_MS = seconds(10)
/** The first wait when the hub is away, doubled up to the last. */
const FIRST_WAIT = seconds(30)
const LONGEST_WAIT = minutes(10)
/** 2^5 first waits exceed the longest. */
const MOST_DOUBLINGS = 5

export function createDispatcher(ports: DispatcherPorts) {
  const { engine, store, dispatches, hub, clock } = ports

  /** Takes one attempt as far as it goes. Safe to call at any time, by any number of processes. */
  return async function dispatch(key: DispatchKey, options: DispatchOptions): Promise<Dispatched> {
    const run = await engine.load(key.feature_id)
    if (!isWanted(run, key)) return 'obsolete'
    const record = await dispatches.find(key)
    if (record?.verdict != null) return conclude(run, key, record.verdict, options)
    const now = clock.now()
    if (now < notBeforeOf(run) || (record?.state === 'waiting' && now < record.until)) return 'early'
    const claimed = await claim(key, record, now, callMs(run, key, options))
    return claimed === undefined ? 'held' : invoke(run, claimed, options)
  }

  async function claim(key: DispatchKey, record: DispatchRecord | undefined, now: Instant, callFor: number) {
    if (record?.state === 'running' && now < record.until) return undefined
    const tries = (record?.tries ?? 0) + 1
    const until = now + callFor + GRACE_MS
    const mine: DispatchRecord = {
      key,
      state: 'running',
      until,
      tries,
      error: record?.error ?? null,
      verdict: null,
      version: record?.version ?? 0,
    }
    return (await dispatches.save(mine)) ? { ...mine, version: mine.version + 1 } : undefined
  }

  async function invoke(run: Run, claimed: DispatchRecord, options: DispatchOptions): Promise<Dispatched> {
    const [brief, results] = await Promise.all([ports.reading.briefOf(run), ports.reading.resultsOf(run)])
    const invocation = await invocationOf(store, run, claimed.key, { brief, results })
    const deadlineMs = callMs(run, claimed.key, options)
    try {
      const idempotencyKey = idempotencyKeyOf(claimed.key)
      const called = await whileWanted((signal) => hub.invoke(invocation, { idempotencyKey, deadlineMs, signal }), {
        sleep: ports.sleep,
        stillWanted: async () => !isSuperseded(await engine.load(claimed.key.feature_id), claimed.key),
      })
      // The phase was ended otherwise meanwhile: the next attempt must not wait for this call.
      if (called === undefined) return 'obsolete'
      const verdict = await verdictOf(run, claimed.key, called.answer)
      // Stored before the run hears of it: a paid answer is never asked for twice.
      await dispatches.save({ ...claimed, state: 'answered', error: null, verdict })
      return conclude(run, claimed.key, verdict, options)
    } catch (error) {
      if (!isRetryable(error) || !isHubs(error)) throw error
      return waitFor(claimed, error)
    }
  }

  async function waitFor(claimed: DispatchRecord, error: AppError): Promise<Dispatched> {
    const full = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(MOST_DOUBLINGS, claimed.tries - 1))
    const wait = Math.max(full / 2 + (full / 2) * ports.chance(), seconds(error.retryAfter ?? 0))
    const until = clock.now() + Math.min(Math.round(wait), LONGEST_WAIT)
    await dispatches.save({ ...claimed, state: 'waiting', until, error: maskSecrets(error.message) })
    return 'waiting'
  }

  /** What the reply means for the run, its texts kept. */
  async function verdictOf(run: Run, key: DispatchKey, reply: Invoked | Unusable): Promise<Verdict> {
    if (reply.kind === 'unusable') return { kind: 'failed', reason: reply.message }
    if (!reply.success) return { kind: 'failed', reason: reply.error ?? 'The agent failed and gave no reason.' }
    const result = (await kept(store, key.feature_id, resultOf(reply))) ?? ''
    const phase = run.definition.phases[key.phase]
    const sure = phase === undefined || reply.confidence >= confidenceNeeded(phase.agent)
    // Where a gate follows, a human looks at the result and its confidence anyway.
    if (sure || phase.gate !== undefined) return { kind: 'complete', result }
    return { kind: 'pending_human', result, escalation_id: reply.escalation_id }
  }

  async function conclude(run: Run, key: DispatchKey, verdict: Verdict, options: DispatchOptions): Promise<Dispatched> {
    if (verdict.kind === 'pending_human') return 'pending_human'
    const { phase, attempt } = key
    const actor = `agent-hub/${run.definition.phases[phase]?.agent ?? 'unknown'}`
    const of = { phase, attempt }
    const event: WorkflowEvent =
      verdict.kind === 'complete'
        ? { kind: 'phase_complete', actor, result: verdict.result, of }
        : { kind: 'phase_failed', actor, reason: await noteOf(store, key.feature_id, verdict.reason), of }
    await tell(run, event, options)
    return 'answered'
  }

  /** The run may have been paused or changed meanwhile: then the answer is judged once more by where it stands now. */
  async function tell(run: Run, event: WorkflowEvent, { correlation_id }: DispatchOptions): Promise<void> {
    try {
      await engine.apply(run, event, { correlation_id })
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error
      await engine.apply(await engine.load(run.workflow.feature_id), event, { correlation_id })
    }
  }
}

/** True while this attempt is the one the run waits for. */
function isWanted({ workflow }: Run, key: DispatchKey): boolean {
  const wanted = wantedOf(workflow)
  return wanted?.phase === key.phase && wanted.attempt === key.attempt
}

function notBeforeOf({ workflow: { state } }: Run): Instant {
  return state.kind === 'phase' ? state.not_before : 0
}

/** How long the call may take: what the definition allows, and what is left of this process. */
function callMs({ definition }: Run, { phase }: DispatchKey, { leftMs }: DispatchOptions): number {
  const allowed = seconds(definition.phases[phase]?.timeout_seconds ?? 300)
  return Math.max(1, Math.min(allowed, leftMs - RESERVE_MS))
}

function isHubs(error: unknown): error is AppError {
  return error instanceof AppError && error.details['service'] === 'agent_hub'
}

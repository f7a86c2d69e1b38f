/** Carries a run on: what the plan says, wave after wave, under the run's lease, until it is over or in other hands. */
import type { Clock, Instant } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { createAccounts } from './accounts.ts'
import { type Budgets, openPurse, spentBy } from './budget.ts'
import { dayOf, msToNextDay } from './days.ts'
import { type Heartbeat, LEASE_MS, startHeartbeat } from './heartbeat.ts'
import { decisionOf, failedBy, noQuorum } from './outcome.ts'
import { type Plan, plan } from './plan.ts'
import type { Agents, Alarm, Checks } from './ports.ts'
import type { Loaded, Output, Standing } from './run.ts'
import type { RunStore, Spent } from './store-ports.ts'
import { summaryOf } from './summary.ts'
import { runWave, type WaveEnd } from './wave.ts'

export interface RunnerPorts {
  readonly store: RunStore
  readonly agents: Agents
  readonly checks: Checks
  readonly clock: Clock
  readonly ids: Ids
  readonly alarm: Alarm
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
  readonly options: RunnerOptions
}

export interface RunnerOptions {
  readonly budgets: Budgets
  /** The longest that one agent may take for one answer, its own retries included, ms. */
  readonly callMs: number
}

/** How a run is carried on. */
export interface Carrying {
  readonly signal: AbortSignal | undefined
  /** What becomes of the run when nobody waits any more. */
  readonly whenAbandoned: 'cancel' | 'let_go'
  readonly stored: (output: Output, loaded: Loaded) => void
}

/** How a run is carried on, and the lease that it is carried on under. */
interface Holding {
  readonly how: Carrying
  readonly heartbeat: Heartbeat
}

interface Work extends Holding {
  readonly next: Extract<Plan, { kind: 'work' }>
  /** What the day has spent already. */
  readonly day: Spent
}

type Advance =
  | { readonly kind: 'on'; readonly loaded: Loaded }
  /** `decided` as in Runner.carry. */
  | { readonly kind: 'over'; readonly decided: Loaded | undefined }

const NOTHING: Spent = { tokens: 0, usd: 0 }

export interface Runner {
  /** The end of a lease that begins now. */
  leaseUntil(now: Instant): Instant
  /** Takes the run if it is free; undefined when it is over or in other hands. */
  take(executionId: string): Promise<Loaded | undefined>
  /**
   * Carries on a run that this process holds. The run with all its outputs when it was decided here, so that nobody has to
   * read it again; undefined when it was let go or is in other hands.
   */
  carry(held: Loaded, how: Carrying): Promise<Loaded | undefined>
  /** Writes the end of a run into the figures. Safe to repeat; a run without an end is left alone. */
  settle(loaded: Loaded): Promise<void>
}

export function createRunner(ports: RunnerPorts): Runner {
  const { store, clock, ids, options } = ports
  const accounts = createAccounts({ store, clock })

  const runner: Runner = {
    leaseUntil: (now) => now + LEASE_MS,

    async take(executionId) {
      const now = clock.now()
      // A holder per taking: the same process may not hold a run twice.
      const run = await store.take(executionId, ids.uuid(), { now, until: now + LEASE_MS })
      if (run === undefined) return undefined
      const loaded = await store.load(executionId)
      return loaded && { ...loaded, run }
    },

    async carry(held, how) {
      const heartbeat = startHeartbeat(held.run, ports)
      try {
        let loaded = held
        for (;;) {
          const next = await advance(loaded, { how, heartbeat })
          if (next.kind === 'over') return next.decided
          loaded = next.loaded
        }
      } finally {
        await heartbeat.stop()
      }
    },

    async settle({ run, outputs }) {
      const summary = summaryOf(run, outputs)
      if (summary !== undefined) await store.settle(summary)
    },
  }
  return runner

  /** One wave further, or the end. */
  async function advance(before: Loaded, holding: Holding): Promise<Advance> {
    const { how, heartbeat } = holding
    const late = clock.now() >= before.run.deadline_at
    const next = plan(before.run, before.brief, before.outputs, late)
    const loaded = await accounts.told(before, next)
    if (next.kind !== 'work') return over(await end(loaded, endOf(loaded, { next, late, now: clock.now() })))
    if (heartbeat.lost.aborted) return over(undefined)
    if (how.signal?.aborted === true) return over(await abandon(loaded, holding))
    const day = next.stage === 'check' ? NOTHING : await store.spentOn(dayOf(clock.now()))
    // The last await before calls are paid: who slept past its lease learns here that the run is no longer its own.
    if (!(await heartbeat.ensure())) return over(undefined)
    const { outputs, refusal } = await work(loaded, { next, day, ...holding })
    const after = { ...loaded, outputs: [...loaded.outputs, ...outputs] }
    if (refusal === undefined) return { kind: 'on', loaded: after }
    return over(await end(await accounts.told(after), spent(refusal.message, clock.now())))
  }

  async function work(loaded: Loaded, { next, day, how, heartbeat }: Work): Promise<WaveEnd> {
    const now = clock.now()
    const until = Math.min(now + options.callMs, loaded.run.deadline_at)
    const { signal } = how
    let seen = loaded
    return runWave(ports, loaded, {
      steps: next.steps,
      purse: openPurse(options.budgets, spentBy(loaded.outputs), day),
      until,
      limit: until === now + options.callMs ? 'call_time' : 'caller',
      signal: signal === undefined ? heartbeat.lost : AbortSignal.any([signal, heartbeat.lost]),
      stored: (output) => {
        seen = { ...seen, outputs: [...seen.outputs, output] }
        how.stored(output, seen)
      },
    })
  }

  async function abandon(loaded: Loaded, { how, heartbeat }: Holding): Promise<Loaded | undefined> {
    const { run } = loaded
    // A renewal that is under way would undo what is written next.
    await heartbeat.stop()
    const now = clock.now()
    if (how.whenAbandoned === 'cancel') {
      // Cancelled, the waves so far are over: no output comes any more.
      return end(await accounts.told(loaded), failedBy('CANCELLED', 'Nobody waits for this run any more.', now))
    }
    await store.renew(run.execution_id, { ...run.lease, until: now })
    return undefined
  }

  async function end(loaded: Loaded, last: Standing): Promise<Loaded | undefined> {
    const { run } = loaded
    if (!(await store.finish(run.execution_id, run.lease.fence, last))) return undefined
    const over = { ...loaded, run: { ...run, standing: last } }
    // What was decided stands; figures that could not be written now are written by whoever looks for open runs.
    await runner.settle(over).catch((error: unknown) => {
      ports.warn('the figures of a run are written later', { execution_id: run.execution_id, error })
    })
    return over
  }
}

function over(decided: Loaded | undefined): Advance {
  return { kind: 'over', decided }
}

interface Ending {
  readonly next: Exclude<Plan, { kind: 'work' }>
  readonly late: boolean
  readonly now: Instant
}

function endOf(loaded: Loaded, { next, late, now }: Ending): Standing {
  if (next.kind === 'no_quorum') return noQuorum(loaded, now, late)
  return { kind: 'completed', at: now, decision: decisionOf(loaded, late) }
}

function spent(message: string, now: Instant): Standing {
  return failedBy('RESOURCE_EXHAUSTED', message, now, msToNextDay(now))
}

/** The worker's life: ask, work, tell; until it is told to stop. */
import type { Clock } from '#lib/clock'
import { createAccount } from './account.ts'
import { type AskingPorts, createAsking } from './asking.ts'
import { attend } from './attend.ts'
import type { Job } from './job.ts'
import type { Entry, Journal } from './journal.ts'
import type { Log } from './log.ts'
import { sumOf } from './meter.ts'
import { type Outcome, orphanOf, planEnd, planNext, planStart, type Step } from './plan.ts'
import { type LeaseRef, leaseRef, type NextAnswer, sameLease, type Work } from './protocol.ts'
import { pause } from './retry.ts'

export interface LoopPorts extends AskingPorts {
  readonly job: Job
  readonly journal: Journal
  readonly clock: Clock
}

export interface LoopOptions {
  readonly pollIntervalMs: number
  /** Jobs after which the worker ends; 0 for none. */
  readonly maxJobs: number
}

export interface Loop {
  /**
   * Resolves once `stopping` is aborted and what was at hand is wound up, or after the last job. Throws AppError with
   * `details.denied` when a token is refused that cannot change while the worker runs.
   */
  run(stopping: AbortSignal): Promise<void>
}

export function createLoop(ports: LoopPorts, options: LoopOptions): Loop {
  return {
    async run(stopping) {
      const session = createSession(ports, options, stopping)
      await session.recover()
      while (!session.over()) await session.turn()
    },
  }
}

function createSession(ports: LoopPorts, options: LoopOptions, stopping: AbortSignal) {
  const { journal, sleep, log } = ports
  const account = createAccount(ports, stopping)
  const asking = createAsking(ports, options.pollIntervalMs, stopping)
  let jobs = 0
  let cancelled: LeaseRef | null = null
  let heldBack: string | null = null

  async function alive(work: Work, task: (signal: AbortSignal) => Promise<Outcome>): Promise<void> {
    const lease = leaseRef(work)
    await attend(ports, {
      work,
      stopping,
      spent: () => ports.job.spent(),
      task,
      async conclude(outcome, stop) {
        if (stop?.why === 'cancelled') cancelled = lease
        if (outcome.kind === 'finished' && outcome.githubTokenRefused) asking.doubtGitHub()
        await account.settle(lease, planEnd(outcome, stop))
      },
    })
    jobs += 1
  }

  async function take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'wait':
        return pause(sleep, step.ms, stopping)
      case 'run':
        return alive(step.work, (signal) => ports.job.run(step.work, signal, step.used))
      case 'open_pull':
        return alive(step.work, (signal) => ports.job.openPull(step.work, step, signal))
      case 'report':
        await account.settle(step.lease, step)
        jobs += 1
        return
      case 'give_back':
        await account.settle(leaseRef(step.work), { kind: 'release' })
        return pause(sleep, options.pollIntervalMs, stopping)
    }
  }

  return {
    over: () => stopping.aborted || (options.maxJobs > 0 && jobs >= options.maxJobs),

    /** After a crash: ends the old command, and sends the report that was on its way. */
    async recover(): Promise<void> {
      const entry = await journal.read()
      if (entry?.stage === 'leased') {
        const used = sumOf(entry.used, await ports.job.salvage(entry.lease))
        await journal.write({ ...entry, used })
        await ports.job.discard(entry.lease)
      }
      const step = planStart(entry)
      if (step) await take(step)
    },

    async turn(): Promise<void> {
      const answer = await asking.next()
      if (answer === null) return
      const entry = await journal.read()
      const step = planNext(answer, { entry, cancelled, pollIntervalMs: options.pollIntervalMs })
      logAnswer(log, answer, entry)
      const reason = answer.kind === 'none' && answer.blocked ? (answer.reason ?? 'no reason given') : null
      if (reason !== null && reason !== heldBack) log.info('held back', { reason })
      heldBack = reason
      if (entry && !continues(step, entry)) await account.forget(entry.lease)
      await take(step)
    },
  }
}

function continues(step: Step, entry: Entry): boolean {
  if (step.kind === 'wait') return false
  return sameLease(step.kind === 'report' ? step.lease : leaseRef(step.work), entry.lease)
}

function logAnswer(log: Log, answer: NextAnswer, entry: Entry | null): void {
  const resumed = answer.kind === 'work' && entry !== null && sameLease(leaseRef(answer.work), entry.lease)
  if (entry && !resumed) {
    const orphan = orphanOf(entry) ?? undefined
    log.warn('the job from before is no longer ours', { issue: entry.lease.number, orphan_pr_url: orphan })
  }
  if (answer.kind === 'none') log.debug('no work', { blocked: answer.blocked })
  else {
    const { repository, number: issue, attempt } = answer.work
    log.info(resumed ? 'job resumed' : 'job taken', { issue, repository, attempt })
  }
}

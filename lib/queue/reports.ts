/** What workers say of their leases: heartbeats, completions, failures, releases. Each counts once. */
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import { contended } from './contended.ts'
import { halted, newsIn, type Occasion, type Outcome, type Policy, renewed, reported } from './decide.ts'
import { type Claim, judgeHeartbeat, judgeReport, type Verdict } from './judge.ts'
import { createLocate, unknownItem } from './locate.ts'
import type { Job, JobKey, Stated } from './model.ts'
import type { QueueStore } from './ports.ts'
import type { DayBudget } from './spending.ts'

export interface ReportPorts {
  readonly store: QueueStore
  readonly clock: Clock
  readonly policy: Policy
  /** Repositories this queue serves, for reports that name none. */
  readonly repositories: () => Promise<readonly string[]>
  /** True for the address of a pull request of `repository` on the configured GitHub. */
  readonly isPullRequest: (url: string, repository: string) => boolean | Promise<boolean>
  /** The day's money; left out, nobody counts it. */
  readonly dayBudget?: DayBudget | undefined
}

export interface Report extends Outcome {
  readonly worker: string
  readonly number: number
  readonly repository: string | undefined
  readonly token: number | undefined
  readonly correlation_id: string
}

export interface Heartbeat {
  readonly worker: string
  readonly number: number
  readonly repository: string | undefined
  readonly token: number
  readonly usage: Stated
  readonly correlation_id: string
}

export interface Pulse {
  readonly job: Job
  readonly cancel: string | null
}

const NO_MONEY = 'The money for this work is spent.'
/** Concurrent writers of one job (a heartbeat and a report) settle in a round or two. */
const MAX_ROUNDS = 6

export function createReports(ports: ReportPorts) {
  const { locate } = createLocate(ports)

  return {
    /** Accepts a report or throws why not; a repeat by the same lease is accepted again without effect. */
    async report(report: Report): Promise<void> {
      const target = await locate(report)
      await checkPullRequest(target.key, report.pr_url)
      // Where heartbeats stated a part of the usage, the record has to be read to know it.
      const isNews = report.usage.since === undefined
      if (report.kind === 'completed' && isNews && target.token !== undefined) {
        const claim = { worker: report.worker, token: target.token }
        const saved = await completeAtOnce(target.key, claim, report)
        if (saved.kind === 'saved') return
      }
      await settle(target.key, { worker: report.worker, token: target.token }, report)
    },

    /** Prolongs the lease, or says that the work is to be stopped. Throws `lease_lost` when it is another's. */
    async heartbeat(beat: Heartbeat): Promise<Pulse> {
      const { key } = await locate(beat)
      const claim: Claim = { worker: beat.worker, token: beat.token }
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const on: Occasion = { now: ports.clock.now(), correlation_id: beat.correlation_id }
        const job = await existing(key)
        const stop = takenFrom(job, claim)
        if (stop !== undefined) return stopped(job, stop)
        const verdict = judgeHeartbeat(job, claim)
        if (verdict.kind === 'refuse') throw verdict.error
        const pulse = await prolong(job, beat.usage, on)
        if (pulse !== undefined) return pulse
      }
      throw contended()
    },
  }

  /** Refuses the address of anything but a pull request of the job's own repository. */
  async function checkPullRequest({ repository }: JobKey, pr_url: string | null): Promise<void> {
    if (pr_url === null || (await ports.isPullRequest(pr_url, repository))) return
    const message = `must be the address of a pull request of ${repository}, e.g. https://github.com/${repository}/pull/12`
    throw new AppError('invalid', `pr_url ${message}.`, { errors: [{ path: 'pr_url', message }] })
  }

  function completeAtOnce(key: JobKey, claim: { worker: string; token: number }, report: Report) {
    const { pr_url, usage, correlation_id } = report
    const finish = { outcome: 'completed', at: ports.clock.now(), pr_url, error: null } as const
    return ports.store.complete({ key, claim, finish, usage, correlation_id })
  }

  async function settle(key: JobKey, claim: Claim, report: Report): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const on: Occasion = { now: ports.clock.now(), correlation_id: report.correlation_id }
      const job = await existing(key)
      const verdict = judgeReport(job, claim, report.kind, on.now)
      // Said again: the first may have died before the job was back in the line.
      if (verdict.kind === 'repeat') return requeue(job)
      if (verdict.kind === 'refuse') return refuse(key, verdict, report)
      const next = reported(job, report, ports.policy, on)
      if ((await ports.store.save(next, job)).kind === 'stale') continue
      return requeue(next)
    }
    throw contended()
  }

  /** Prolongs the lease while there is money, else ends it; undefined when somebody else was quicker. */
  async function prolong(job: Job, usage: Stated, on: Occasion): Promise<Pulse | undefined> {
    const closed = await ports.dayBudget?.(on.now, newsIn(job, usage).cost_usd)
    const next = (closed ? halted : renewed)(job, ports.policy, usage, on)
    if ((await ports.store.save(next, job)).kind === 'stale') return undefined
    return next.state.kind === 'leased' ? { job: next, cancel: null } : stopped(next, closed?.reason)
  }

  /** The holder is to stop. Said again: the first may have died before the job was back in the line. */
  async function stopped(job: Job, reason: string | undefined): Promise<Pulse> {
    await requeue(job)
    return { job, cancel: (job.state.kind === 'finished' ? job.state.finish.error : null) ?? reason ?? 'withdrawn' }
  }

  async function requeue(job: Job): Promise<void> {
    if (job.state.kind === 'pending') await ports.store.enqueue(job)
  }

  async function refuse(key: JobKey, verdict: Extract<Verdict, { kind: 'refuse' }>, report: Report): Promise<never> {
    if (report.kind === 'completed' && report.pr_url !== null) {
      await ports.store.noteOrphan({ key, worker: report.worker, pr_url: report.pr_url, at: ports.clock.now() })
    }
    throw verdict.error
  }

  async function existing(key: JobKey): Promise<Job> {
    const job = await ports.store.find(key)
    if (job !== undefined) return job
    throw unknownItem(key.number)
  }
}

/** Why the holder of this lease should stop, when the job was ended or taken from under its hands. */
function takenFrom(job: Job, claim: Claim): string | undefined {
  const { state, ended, token, review } = job
  if (token !== claim.token) return undefined
  if (state.kind === 'finished' && state.finish.outcome === 'withdrawn') return state.finish.error ?? 'withdrawn'
  const isSpent = ended?.report === 'budget' && ended.token === token && ended.worker === claim.worker
  if (isSpent && state.kind !== 'leased') return NO_MONEY
  const isOver = state.kind === 'finished' && (review.verdict === 'merged' || review.verdict === 'closed')
  return isOver && ended?.token !== token ? `The pull request was ${review.verdict}.` : undefined
}

/** Settles accounts with the orchestrator: reports a job or gives it back, and forgets it once that is done. */
import type { Sleep } from '#lib/clock'
import { type AppError, HTTP_STATUS } from '#lib/errors'
import type { Chance } from '#lib/ids'
import { deliver, isDenied } from './deliver.ts'
import type { Job } from './job.ts'
import type { Journal } from './journal.ts'
import type { Log } from './log.ts'
import type { Orchestrator } from './orchestrator.ts'
import type { Ending } from './plan.ts'
import type { LeaseRef, Report, Spent } from './protocol.ts'
import { oneLine } from './words.ts'

/** Tries to give work back; a lease that is not given back runs out by itself. */
const RELEASE_TRIES = 3

/** Said at each try; nothing new is taken meanwhile. */
const DENIED =
  'the orchestrator refuses the token, so the report and the work are kept: put a valid token into the file that ORCHESTRATOR_TOKEN_FILE names, or restart the worker with a new ORCHESTRATOR_TOKEN'

export interface AccountPorts {
  readonly orchestrator: Orchestrator
  readonly job: Job
  readonly journal: Journal
  readonly sleep: Sleep
  readonly chance: Chance
  readonly log: Log
}

export interface Account {
  /** Does what was decided about a job that has ended. */
  settle(lease: LeaseRef, ending: Ending): Promise<void>
  /** Drops all memory and files of a job. */
  forget(lease: LeaseRef): Promise<void>
}

export function createAccount(ports: AccountPorts, stopping: AbortSignal): Account {
  const { orchestrator, job, journal, log } = ports

  async function tell(lease: LeaseRef, report: Report): Promise<void> {
    await journal.write({ stage: 'reporting', lease, report })
    const onDenied = (error: AppError) => log.error(DENIED, { issue: lease.number, error: error.message })
    const result = await deliver(ports, () => orchestrator.report(lease, report), { stopping, onDenied })
    if (result.kind === 'interrupted') return log.warn('report kept for the next start', { issue: lease.number })
    if (result.kind === 'refused') logRefusal(log, { lease, report, error: result.error })
    else log.info('reported', { issue: lease.number, how: report.kind, ...reasonOf(report) })
    await forget(lease)
  }

  async function giveBack(lease: LeaseRef, spent: Spent | undefined): Promise<void> {
    const result = await deliver(ports, () => orchestrator.release(lease, spent), { stopping, tries: RELEASE_TRIES })
    if (result.kind === 'interrupted' || (result.kind === 'refused' && isDenied(result.error))) {
      const error = result.kind === 'refused' ? result.error.message : undefined
      return log.warn('could not give the job back; its lease runs out', { issue: lease.number, error })
    }
    log.info(result.kind === 'acknowledged' ? 'job given back' : 'job was not ours any more', { issue: lease.number })
    await forget(lease)
  }

  async function forget(lease: LeaseRef): Promise<void> {
    await journal.clear()
    await job.discard(lease)
  }

  return {
    forget,
    async settle(lease, ending) {
      if (ending.kind === 'report') return tell(lease, ending.report)
      if (ending.kind === 'release') return giveBack(lease, ending.spent)
      log.warn('job dropped', { issue: lease.number, orphan_pr_url: ending.orphan ?? undefined })
      await forget(lease)
    },
  }
}

/** What the orchestrator does with each kind of failure. */
const NEXT = {
  failed: 'the attempt is counted; `coxswain queue` shows whether there is another',
  rate_limited: 'the issue is offered again later; no attempt is consumed',
  infrastructure: 'the issue is offered again later; no attempt is consumed',
} as const

/** Characters of a reason in the log; the whole of it is in the report. */
const LONGEST_REASON = 500

function reasonOf(report: Report): { why?: string; next?: string } {
  return report.kind === 'completed' ? {} : { why: oneLine(report.error, LONGEST_REASON), next: NEXT[report.kind] }
}

function logRefusal(log: Log, told: { lease: LeaseRef; report: Report; error: AppError }): void {
  const { lease, report, error } = told
  const why = HTTP_STATUS[error.code] === 409 ? 'the lease is no longer ours' : 'the report was refused'
  log.error(`report given up: ${why}`, {
    issue: lease.number,
    code: error.code,
    error: error.message,
    orphan_pr_url: report.kind === 'completed' ? report.pr_url : undefined,
  })
}

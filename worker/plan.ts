/** The worker's decisions, apart from everything that carries them out. */
import { seconds } from '#lib/clock'
import type { Stop } from './heart.ts'
import type { Entry } from './journal.ts'
import { branchOf } from './names.ts'
import {
  type LeaseRef,
  leaseRef,
  type NextAnswer,
  type Report,
  type Spent,
  sameLease,
  type Usage,
  type Work,
} from './protocol.ts'

/** No two polls are closer than this. */
const SHORTEST_POLL = seconds(0.2)

/** A pushed branch, ready for its pull request. */
export interface Pushed {
  readonly base: string
  readonly branch: string
  /** What the commits leave out, one line each. */
  readonly notes: readonly string[]
}

export type Step =
  /** Nothing to do for now. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** From the clone on. */
  | { readonly kind: 'run'; readonly work: Work; readonly used?: Usage | undefined }
  /** The branch is pushed; the pull request is missing. */
  | {
      readonly kind: 'open_pull'
      readonly work: Work
      readonly pushed: Pushed
      readonly seconds: number
      readonly spent?: Spent | undefined
    }
  /** All is done but the word that it is. */
  | { readonly kind: 'report'; readonly lease: LeaseRef; readonly report: Report }
  /** We were told to drop this very lease. */
  | { readonly kind: 'give_back'; readonly work: Work }

export interface Memory {
  readonly entry: Entry | null
  /** The lease that was last cancelled under us. */
  readonly cancelled: LeaseRef | null
  readonly pollIntervalMs: number
}

/** A report that was on its way when the worker died goes first: before asking for anything. */
export function planStart(entry: Entry | null): Extract<Step, { kind: 'report' }> | null {
  return entry?.stage === 'reporting' ? { kind: 'report', lease: entry.lease, report: entry.report } : null
}

/** What to do about the orchestrator's answer, given what the journal remembers. */
export function planNext(answer: NextAnswer, { entry, cancelled, pollIntervalMs }: Memory): Step {
  if (answer.kind === 'none') return { kind: 'wait', ms: pollWait(answer.retryAfterMs, pollIntervalMs) }
  const { work } = answer
  const lease = leaseRef(work)
  if (sameLease(lease, cancelled)) return { kind: 'give_back', work }
  if (!(entry && sameLease(lease, entry.lease))) return { kind: 'run', work }
  switch (entry.stage) {
    case 'leased':
      return { kind: 'run', work, used: entry.used }
    case 'pushed':
      return { kind: 'open_pull', work, pushed: pushedOf(entry, work), seconds: entry.seconds, spent: entry.spent }
    case 'pr_opened':
      return {
        kind: 'report',
        lease,
        report: completed(entry.pr_url, entry.spent ?? { usage: { seconds: entry.seconds } }),
      }
    case 'reporting':
      return { kind: 'report', lease, report: entry.report }
  }
}

function pushedOf(entry: Extract<Entry, { stage: 'pushed' }>, work: Work): Pushed {
  return { base: entry.base, branch: entry.branch ?? branchOf(work.number), notes: entry.notes ?? [] }
}

/** The pull request of a journalled job that is no longer ours, for the log; null when none was opened. */
export function orphanOf(entry: Entry | null): string | null {
  if (entry?.stage === 'pr_opened') return entry.pr_url
  return entry?.stage === 'reporting' && entry.report.kind === 'completed' ? entry.report.pr_url : null
}

/** The server's wish, but at least the shortest and at most the configured interval. */
export function pollWait(retryAfterMs: number, pollIntervalMs: number): number {
  return Math.max(SHORTEST_POLL, Math.min(retryAfterMs, pollIntervalMs))
}

export function completed(prUrl: string, spent: Spent): Report {
  return { kind: 'completed', pr_url: prUrl, ...spent }
}

/** How one run of a job came out, before anyone is told. */
export type Outcome =
  | {
      readonly kind: 'finished'
      readonly report: Report
      /** It ended because GitHub does not accept the token, as the next one would. */
      readonly githubTokenRefused?: boolean
    }
  | { readonly kind: 'interrupted'; readonly spent?: Spent }

export type Ending =
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'release'; readonly spent?: Spent | undefined }
  /** Say nothing: it is not ours to speak of any more. */
  | { readonly kind: 'drop'; readonly orphan: string | null }

/**
 * What to do with an outcome when the job may have been stopped meanwhile. A finished pull request is reported even while
 * shutting down; a failure that was only our own stopping is not one, so the work is given back.
 */
export function planEnd(outcome: Outcome, stop: Stop | null): Ending {
  const report = outcome.kind === 'finished' ? outcome.report : null
  const release = { kind: 'release', spent: spentOf(outcome) } as const
  if (stop === null) return report ? { kind: 'report', report } : release
  if (stop.why !== 'shutdown') return { kind: 'drop', orphan: report?.kind === 'completed' ? report.pr_url : null }
  return report?.kind === 'completed' ? { kind: 'report', report } : release
}

function spentOf(outcome: Outcome): Spent | undefined {
  if (outcome.kind === 'interrupted') return outcome.spent
  const { usage, usage_since } = outcome.report
  return usage && { usage, ...(usage_since && { usage_since }) }
}

export interface Change {
  /** The files are others than where the run began; commits alone do not count. */
  readonly changed: boolean
  /** Merging the branch would change files of the base. */
  readonly ahead: boolean
  /** A reviewer asked for changes. */
  readonly rework: boolean
}

/**
 * Whether a run that went well has something to show. A run that changes nothing is a failure, except when an earlier
 * attempt's work already waits on the branch and nobody asked for it to be changed.
 */
export function judgeChange({ changed, ahead, rework }: Change): 'publish' | 'nothing_changed' {
  return ahead && (changed || !rework) ? 'publish' : 'nothing_changed'
}

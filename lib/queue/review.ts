/** A finished job and the people who review it: how its pull request stands, and whose word counts. Pure. */
import type { Instant } from '#lib/clock'
import type { Job, Review, ReviewVerdict } from './model.ts'

/**
 * How an open pull request stands. Only one that awaits review takes a place at the gate: an approved one has been
 * reviewed, and one that is being reworked waits for its worker.
 */
export type Standing = 'awaiting' | 'approved' | 'reworking'

/** A pull request by its number, and how it stands. */
export interface Standpoint {
  readonly pull: number
  readonly standing: Standing
}

/** One word of a reviewer: what he decided, when, and GitHub's id of the review where there is one (0 else). */
export interface Word {
  readonly verdict: ReviewVerdict | 'reopened'
  readonly at: Instant
  readonly id: number
}

const PULL_NUMBER = /\/pull\/([1-9]\d{0,9})$/

/** The number in a pull request's address, which was checked when the job was completed. */
export function pullOf(url: string | null): number | undefined {
  const digits = PULL_NUMBER.exec(url ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** How the job's pull request stands; undefined when it has none that is open to judgement. */
export function standpointOf(job: Job): Standpoint | undefined {
  const standing = standingOf(job)
  const pull = pullOf(pullUrlOf(job))
  return standing === undefined || pull === undefined ? undefined : { pull, standing }
}

/** True for work that reviewers sent back and that is not completed again: no gate holds it up. */
export function isRework(job: Job): boolean {
  return job.state.kind !== 'finished' && job.review.verdict === 'changes_requested'
}

/** What became of the job in the words of its reviewers; null when there is nothing to review. */
export function reviewStateOf(job: Job): 'awaiting' | ReviewVerdict | null {
  if (isRework(job)) return 'changes_requested'
  if (job.state.kind !== 'finished' || job.state.finish.outcome !== 'completed') return null
  return job.review.verdict ?? (pullOf(job.state.finish.pr_url) === undefined ? null : 'awaiting')
}

/**
 * What a word changes: the review as it is from now on, or undefined when it changes nothing: it is not newer than what
 * counted last, the pull request is done with, or nobody asks for judgement. A merge cannot be taken back, so it counts
 * whenever it is heard of.
 */
export function judgeWord(job: Job, { verdict, at, id }: Word): Review | undefined {
  const standing = standingOf(job)
  if (verdict === 'merged') return mayMerge(job, standing) ? { ...job.review, verdict, at, id } : undefined
  if (verdict === 'reopened')
    return wasClosed(job) && isNewer({ at, id }, job.review) ? reopened(job, { at, id }) : undefined
  if (standing === undefined || !isNewer({ at, id }, job.review)) return undefined
  switch (verdict) {
    case 'closed':
      return { ...job.review, verdict, at, id }
    case 'approved':
      return standing === 'awaiting' ? { ...job.review, verdict, at, id } : undefined
    case 'changes_requested':
      return standing === 'reworking' ? undefined : { ...job.review, verdict, at, id }
  }
}

/** Later, or of the same second with a higher id. */
export function isNewer(a: Pick<Word, 'at' | 'id'>, b: Pick<Word, 'at' | 'id'>): boolean {
  return a.at > b.at || (a.at === b.at && a.id > b.id)
}

/** Where the job's newest pull request is, as far as a worker has told. */
export function pullUrlOf({ state, previous }: Job): string | null {
  return state.kind === 'finished' ? state.finish.pr_url : (previous?.pr_url ?? null)
}

function standingOf(job: Job): Standing | undefined {
  switch (reviewStateOf(job)) {
    case 'awaiting':
      return 'awaiting'
    case 'approved':
      return 'approved'
    case 'changes_requested':
      return isRework(job) ? 'reworking' : undefined
    default:
      return undefined
  }
}

/** One that was closed may have been opened again and merged. */
function mayMerge(job: Job, standing: Standing | undefined): boolean {
  return standing !== undefined || wasClosed(job)
}

/** True for work whose pull request was closed unmerged: it may be opened again. */
export function wasClosed(job: Job): boolean {
  return job.state.kind === 'finished' && job.review.verdict === 'closed'
}

/** It awaits review again, as before anybody judged it. */
function reopened({ review }: Job, word: Pick<Word, 'at' | 'id'>): Review {
  return { ...review, ...word, verdict: null }
}

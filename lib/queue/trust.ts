/** Whose word puts an issue into the queue: what is asked of GitHub about it, and what is remembered of the answer. */
import { type Instant, seconds } from '#lib/clock'
import { bodyOf, sameBody } from './body.ts'
import { boundedTitle } from './bounds.ts'
import type { Job } from './model.ts'
import type { Doubts, SourceIssue } from './source.ts'

/** `why` says what a person should do about it. */
export type Judgement = { readonly trusted: true } | { readonly trusted: false; readonly why: string }

export interface LabelTrust {
  /**
   * Whether somebody with write access asked for the issue as it reads now: put the trigger on it, and nobody else has
   * changed its text since. On doubt it is not trusted. Throws as IssueSource.list does.
   */
  judge(issue: SourceIssue): Promise<Judgement>
}

/** More than this are asked about again at each poll that finds a change: the memory travels with the poll's record. */
export const MOST_DOUBTS = 200
/** GitHub tells time by the second: an issue that changed just now may change again and bear the same time. */
const SETTLED_MS = seconds(5)

/** What is known already; undefined when GitHub has to be asked. */
export function recalled(doubts: Doubts, issue: SourceIssue): string | undefined {
  const known = doubts[issue.number]
  return known?.updated_at === issue.updated_at ? known.why : undefined
}

/** True when the next change of the issue is sure to show. */
export function isSettled(issue: SourceIssue, now: Instant): boolean {
  return now - issue.updated_at >= SETTLED_MS
}

/** True when the issue's text is no longer the one that the job carries. */
export function readsOtherwise(issue: SourceIssue, job: Job): boolean {
  return boundedTitle(issue.title) !== job.facts.title || !sameBody(bodyOf(issue.body), job.body)
}

/** What a poll changes: GitHub's issues on one side, the store's jobs on the other, a plan between them. */
import { bodyOf, sameBody } from './body.ts'
import { boundedLabels, boundedTitle } from './bounds.ts'
import { asItReads } from './decide.ts'
import { declaredIn } from './declared.ts'
import { boundedGlobs } from './globs.ts'
import { carries, IN_PROGRESS, isOurs, NEEDS_CLARIFICATION, STATE_LABELS } from './labels.ts'
import type { IssueFacts, Job } from './model.ts'
import { priorityOf } from './order.ts'
import type { Found, Mirror, SourceIssue } from './source.ts'

export type Step =
  /** `came_from`: where a transferred issue was queued before. */
  | { readonly kind: 'add'; readonly issue: SourceIssue; readonly came_from?: string }
  /** The issue reads otherwise than its live job, be it pending or leased. */
  | { readonly kind: 'refresh'; readonly issue: SourceIssue; readonly job: Job }
  /** The record is pending but no ticket stands in the line. */
  | { readonly kind: 'requeue'; readonly job: Job }
  /** A person asks for finished work anew, if the issue still looks so when read by itself. */
  | { readonly kind: 'redrive'; readonly issue: SourceIssue; readonly job: Job }
  /** Look again at the next poll: our own labels are still on their way. */
  | { readonly kind: 'wait'; readonly number: number }
  | { readonly kind: 'leave'; readonly number: number; readonly why: string }

/** What the store knows of an issue that GitHub lists. */
export interface Known {
  /** The ticket or the leased record. */
  readonly live: Job | undefined
  /** The record, looked up when nothing is live. */
  readonly record: Job | undefined
  readonly mirror: Mirror | undefined
}

/** What to do about one listed issue. */
export function planIssue(issue: SourceIssue, known: Known, trigger: string): Step {
  const { number } = issue
  if (known.live !== undefined) return planLive(issue, known.live, trigger)
  const { record } = known
  if (record?.state.kind === 'pending') return { kind: 'requeue', job: record }
  if (record?.state.kind === 'leased') return { kind: 'leave', number, why: 'leased' }
  if (!carries(issue.labels, trigger)) return { kind: 'leave', number, why: 'its label is not explained by the store' }
  if (carries(issue.labels, NEEDS_CLARIFICATION)) return { kind: 'leave', number, why: NEEDS_CLARIFICATION }
  if (record === undefined) {
    return hasStateLabel(issue)
      ? { kind: 'leave', number, why: 'its label is not explained by the store' }
      : { kind: 'add', issue }
  }
  return hasReached(record, known.mirror) ? planRedrive(issue, record, trigger) : { kind: 'wait', number }
}

/** A finished issue that carries the trigger and no state label was put back by a person. */
export function planRedrive(issue: SourceIssue, job: Job, trigger: string): Step {
  if (issue.state === 'open' && carries(issue.labels, trigger) && !hasStateLabel(issue))
    return { kind: 'redrive', issue, job }
  return { kind: 'leave', number: issue.number, why: 'finished' }
}

/** Why a live job whose issue is in no listing must go; undefined when it may stay after all. */
export function whyWithdraw(found: Found, trigger: string): string | undefined {
  if (found.kind === 'gone') return found.reason
  if (found.issue.state === 'closed') return 'The issue was closed.'
  const { labels } = found.issue
  // One of our other labels: the work was sent back or redriven, and the label that says so is on its way.
  if (carries(labels, trigger) || hasStateLabel(found.issue)) return undefined
  return `The labels ${trigger} and ${IN_PROGRESS} were removed.`
}

/** What the queue keeps of an issue: its title, labels and files bounded, so that a ticket stays below 1 KB. */
export function factsOf(issue: SourceIssue, trigger: string): IssueFacts {
  const { author, association, created_at, updated_at } = issue
  const priority = priorityOf(issue.labels)
  const said = { ...shownOf(issue, trigger), priority, author, association, created_at, updated_at }
  const { depends_on, files } = declaredIn(issue.body, issue.repository)
  // A short body travels with its job and tells its files itself.
  const isApart = files.length > 0 && bodyOf(issue.body).kind === 'apart'
  return {
    ...said,
    ...(depends_on.length > 0 && { waits: { on: depends_on } }),
    ...(isApart && { files: boundedGlobs(files) }),
  }
}

/** What shows of an issue without reading its body. */
function shownOf(issue: SourceIssue, trigger: string): Pick<IssueFacts, 'title' | 'labels'> {
  const kept = new Set(boundedLabels(theirs(issue.labels, trigger)))
  const labels = issue.labels.filter(
    (label) => isOurs(label, trigger) || kept.has(label) || carries([label], NEEDS_CLARIFICATION),
  )
  return { title: boundedTitle(issue.title), labels }
}

function planLive(issue: SourceIssue, live: Job, trigger: string): Step {
  const { number } = issue
  const known = asItReads(live)
  // GitHub tells time by the second: an edit may carry the very time at which the issue was read before.
  const isChanged = issue.updated_at >= known.facts.updated_at && !reads(issue, known, trigger)
  return isChanged ? { kind: 'refresh', issue, job: live } : { kind: 'leave', number, why: live.state.kind }
}

/**
 * True when the issue reads as it did when it was queued, our own labels aside. Its body is compared by the digest that the
 * job keeps of it: a poll reads the declarations of no body that it has read before.
 */
function reads(issue: SourceIssue, job: Job, trigger: string): boolean {
  const { title, labels } = shownOf(issue, trigger)
  const sorted = (all: readonly string[]) => theirs(all, trigger).toSorted().join('\n')
  return (
    title === job.facts.title && sorted(labels) === sorted(job.facts.labels) && sameBody(bodyOf(issue.body), job.body)
  )
}

function theirs(labels: readonly string[], trigger: string): readonly string[] {
  return labels.filter((label) => !isOurs(label, trigger))
}

function hasStateLabel(issue: SourceIssue): boolean {
  return STATE_LABELS.some((label) => carries(issue.labels, label))
}

function hasReached(job: Job, mirror: Mirror | undefined): boolean {
  return mirror !== undefined && mirror.generation === job.generation && mirror.version >= job.version
}

/** The labels by which the queue and people talk on GitHub. The store decides, labels follow. */
import type { Job } from './model.ts'

export const IN_PROGRESS = 'ai-in-progress'
const COMPLETED = 'ai-completed'
export const FAILED = 'ai-failed'
/** An issue carries at most one of these. */
export const STATE_LABELS = [IN_PROGRESS, COMPLETED, FAILED] as const
/** A person is asked something first; the queue leaves the issue alone. */
export const NEEDS_CLARIFICATION = 'needs-clarification'

/** The one state label a job's issue should carry, null for none. A queued issue is in progress already. */
export function stateLabelOf(job: Job): (typeof STATE_LABELS)[number] | null {
  if (job.state.kind !== 'finished') return IN_PROGRESS
  switch (job.state.finish.outcome) {
    case 'completed':
      return COMPLETED
    case 'failed':
      return FAILED
    case 'withdrawn':
      return null
  }
}

export function carries(labels: readonly string[], label: string): boolean {
  return labels.some((each) => each.toLowerCase() === label.toLowerCase())
}

/** True for labels the queue itself sets and takes away; they say nothing about the issue. */
export function isOurs(label: string, trigger: string): boolean {
  return carries([...STATE_LABELS, trigger], label)
}

/** A debt as calls of the writer: first its labels, then each comment; and what is left of it after some of them. Pure. */
import type { AppError } from '#lib/errors'
import type { IssueWrite, Left, OwedWrite } from '#lib/github/ports'

/** Empty when nothing is owed any more. */
export function stepsOf({ labels_shown = false, comments, ...write }: OwedWrite): readonly IssueWrite[] {
  const { repository, number, state_label, remove_labels } = write
  const target = { repository, number, state_label, remove_labels }
  const labels = labels_shown ? [] : [{ ...target, comment: null }]
  return [...labels, ...comments.map((comment) => ({ ...target, labels_shown: true, comment }))]
}

/** Content writes of one call: the comment; or a label that is put on and the one it replaces, both of which may be there. */
export function costOf(step: IssueWrite): number {
  if (step.comment !== null) return 1
  return Math.max(1, (step.state_label === null ? 0 : 1) + (step.remove_labels.length === 0 ? 0 : 1))
}

export const costOfAll = (steps: readonly IssueWrite[]): number => steps.reduce((sum, step) => sum + costOf(step), 0)

/** What is left of the debt once `done` has been done. */
export function leftOf(write: OwedWrite, done: readonly IssueWrite[]): Left {
  const posted = new Set(done.flatMap(({ comment }) => (comment === null ? [] : [comment.marker])))
  const comments = write.comments.filter(({ marker }) => !posted.has(marker))
  const labels_shown = write.labels_shown === true || done.some(({ comment }) => comment === null)
  return { comments, labels_shown: labels_shown || undefined, trouble: write.trouble }
}

/** An outage that fails every read must not eat the budget, so the writer tells; a writer that does not is counted in full. */
export function writesBehind({ details }: AppError, step: IssueWrite): number {
  const { writes } = details
  return typeof writes === 'number' ? writes : costOf(step)
}

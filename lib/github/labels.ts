/** Which labels of an issue a write changes: only ours, a person's are never named. Pure. */
import type { IssueWrite } from '#lib/github/ports'

export interface LabelChange {
  /** The state label to put on, undefined when it is there. */
  readonly add: string | undefined
  /** Labels to take off, spelled as the issue spells them. */
  readonly remove: readonly string[]
}

/** What to put on and what to take off. GitHub compares labels without case. */
export function changeOfLabels(
  current: readonly string[],
  write: Pick<IssueWrite, 'state_label' | 'remove_labels'>,
): LabelChange {
  const state = write.state_label
  const unwanted = new Set(write.remove_labels.map((label) => label.toLowerCase()))
  const remove = current.filter((label) => unwanted.has(label.toLowerCase()) && !isSame(label, state))
  return { add: state !== null && !current.some((label) => isSame(label, state)) ? state : undefined, remove }
}

/** The labels after the change. */
export function withChange(current: readonly string[], { add, remove }: LabelChange): readonly string[] {
  const kept = current.filter((label) => !remove.includes(label))
  return add === undefined ? kept : [...kept, add]
}

function isSame(label: string, other: string | null): boolean {
  return other !== null && label.toLowerCase() === other.toLowerCase()
}

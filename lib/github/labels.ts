/** Which labels an issue should carry after a write. Pure. */
import type { IssueWrite } from '#lib/github/ports'

/** The full set to PUT: what is there, less what must go, plus the state. GitHub compares labels without case. */
export function wantedLabels(
  current: readonly string[],
  write: Pick<IssueWrite, 'state_label' | 'remove_labels'>,
): readonly string[] {
  const state = write.state_label
  const unwanted = new Set(
    write.remove_labels.filter((label) => !isSame(label, state)).map((label) => label.toLowerCase()),
  )
  const kept = current.filter((label) => !unwanted.has(label.toLowerCase()))
  const missing = state !== null && !kept.some((label) => isSame(label, state))
  return missing ? [...kept, state] : kept
}

/** True when both name the same labels, in whatever order. */
export function sameLabels(one: readonly string[], other: readonly string[]): boolean {
  const names = new Set(one.map((label) => label.toLowerCase()))
  return (
    names.size === new Set(other.map((label) => label.toLowerCase())).size &&
    other.every((l) => names.has(l.toLowerCase()))
  )
}

function isSame(label: string, other: string | null): boolean {
  return other !== null && label.toLowerCase() === other.toLowerCase()
}

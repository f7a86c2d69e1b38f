/** What was asked and done: calls by route since the start, and content writes per issue since ever. */
import type { WriteKind } from '../state/model.ts'
import type { Store } from '../state/store.ts'

export interface IssueTally {
  /** Writes by kind. */
  readonly writes: Readonly<Partial<Record<WriteKind, number>>>
  readonly comments: number
  readonly labels: readonly string[]
  /** The issue's `ai-*` labels as they are now. */
  readonly ai_labels: readonly string[]
  /** The issue's labels after each write that concerned it, oldest first. */
  readonly label_history: readonly (readonly string[])[]
}

export interface Stats {
  /** Calls by `METHOD /route/:pattern`. */
  readonly calls: Readonly<Record<string, number>>
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>
  /** By `owner/repo#number`. */
  readonly issues: Readonly<Record<string, IssueTally>>
}

export interface Tally {
  count(route: string, status: number): void
  stats(): Stats
}

export function createTally(store: Store): Tally {
  const calls: Record<string, number> = {}
  const statuses: Record<string, number> = {}
  return {
    count(route, status) {
      calls[route] = (calls[route] ?? 0) + 1
      statuses[status] = (statuses[status] ?? 0) + 1
    },
    stats: () => ({ calls: { ...calls }, statuses: { ...statuses }, issues: tallyIssues(store) }),
  }
}

function tallyIssues(store: Store): Record<string, IssueTally> {
  const byIssue = Map.groupBy(store.writes(), (write) => `${write.repository}#${write.number}`)
  const tallies: Record<string, IssueTally> = {}
  for (const repository of store.repositories()) {
    for (const issue of store.issues(repository.id)) {
      const writes = byIssue.get(`${repository.id}#${issue.number}`) ?? []
      const counts: Partial<Record<WriteKind, number>> = {}
      for (const { kind } of writes) counts[kind] = (counts[kind] ?? 0) + 1
      tallies[`${repository.owner}/${repository.name}#${issue.number}`] = {
        writes: counts,
        comments: issue.comments,
        labels: issue.labels,
        ai_labels: issue.labels.filter((label) => label.startsWith('ai-')),
        label_history: writes.map((write) => write.labels),
      }
    }
  }
  return tallies
}

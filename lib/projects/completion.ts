/** How much of its sprints a project completes. */
import type { Episode } from './model.ts'
import { halfEven, mean } from './numbers.ts'
import type { Sprint } from './ports.ts'

export interface Completion {
  /** Mean over the closed sprints; null when none is closed. */
  readonly rate: number | null
  readonly closed: number
}

/**
 * Of each closed sprint the share of its tasks that was completed, if we saw it close; otherwise 1 when the sprint service
 * closed it as completed and 0 when it closed it with pending tasks: what was moved out of a sprint is not told later.
 */
export function completionOf(sprints: readonly Sprint[], episodes: readonly Episode[]): Completion {
  const known = new Map(episodes.map(({ sprint_id, outcome }) => [sprint_id, outcome]))
  const rates = sprints
    .filter(({ status }) => status !== 'in_progress')
    .map(({ sprint_id, status }) => known.get(sprint_id) ?? (status === 'completed' ? 1 : 0))
  return { rate: rates.length === 0 ? null : halfEven(mean(rates), 4), closed: rates.length }
}

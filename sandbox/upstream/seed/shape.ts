/** How a project is described to the seeder. */
import type { Day } from '../state/model.ts'

/** A sprint in progress has tasks; of a closed one only figures are left. */
export type SprintSeed = {
  readonly starts: Day
  readonly weeks?: number
} & (
  | { readonly open?: number; readonly in_progress?: number; readonly done?: number }
  | {
      readonly closed: { readonly total: number; readonly completed: number; readonly impediments?: readonly string[] }
    }
)

export interface ProjectSeed {
  readonly id: string
  readonly name?: string
  readonly description?: string
  readonly status?: string
  /** How many people; 3 unless told otherwise. */
  readonly team?: number
  /** One day each, unless `until` is said. */
  readonly away?: readonly { readonly member: number; readonly date: Day; readonly until?: Day }[]
  readonly unassigned?: number
  /** Done, and in no sprint that is still known. */
  readonly completed?: number
  /** Oldest first. */
  readonly sprints?: readonly SprintSeed[]
}

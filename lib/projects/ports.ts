/** What the projects job asks of the world: the four upstream services, the cluster, and the store. */
import type { Instant } from '#lib/clock'

// ---- upstream services -------------------------------------------------------------------------------------------

export interface Project {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly status: string
}

export interface Conflict {
  readonly type: 'holiday' | 'pto'
  /** YYYY-MM-DD. */
  readonly date: string
  readonly name: string
  readonly details: string
}

export interface Availability {
  readonly status: string
  readonly conflicts: readonly Conflict[]
}

export interface BacklogSummary {
  readonly total_tasks: number
  readonly unassigned: number
  readonly in_progress: number
  readonly completed: number
}

export interface Task {
  readonly task_id: string
  readonly status: string
  readonly assigned_to: string | null
  readonly sprint_id: string | null
}

export interface Sprint {
  readonly sprint_id: string
  readonly project_id: string
  readonly sprint_name: string
  /** YYYY-MM-DD. */
  readonly start_date: string
  readonly end_date: string
  readonly duration_weeks: number
  readonly status: string
}

export interface TaskSummary {
  readonly total_tasks: number
  readonly completed_tasks: number
  readonly pending_tasks: number
}

export interface SimilarProject {
  readonly project_id: string
  readonly similarity_score: number
  readonly completion_rate: number
  /** Days. */
  readonly avg_sprint_duration: number | null
  readonly optimal_task_count: number | null
}

export interface VelocityPoint {
  readonly sprint_id: string
  readonly start_date: string
  readonly end_date: string
  readonly completed_tasks: number
}

export interface Velocity {
  readonly points: readonly VelocityPoint[]
  readonly average: number
}

export interface History {
  readonly similar: readonly SimilarProject[]
  readonly velocity: Velocity
  readonly daily_scrums: number
  readonly retrospectives: number
  /** Most often reported first. */
  readonly impediments: readonly string[]
  /** Parts of the answer that could not be read, by their names; the others count. */
  readonly unread?: readonly string[] | undefined
}

/**
 * The upstream services. Idempotent reads retry with jitter inside one deadline; a breaker per service counts 5xx and
 * timeouts. Unreachable → AppError `upstream_unavailable` with `details.service`. Unknown project → `not_found`.
 */
export interface Upstream {
  projects(): Promise<readonly Project[]>
  project(id: string): Promise<Project>
  team(id: string): Promise<readonly { readonly id: string; readonly name: string }[]>
  availability(id: string, from: string, to: string): Promise<Availability>
  backlog(id: string): Promise<BacklogSummary>
  tasks(id: string, status?: string): Promise<readonly Task[]>
  /** Moves a task back into the backlog. */
  unassign(taskId: string): Promise<void>
  /** Newest first. */
  sprints(projectId: string): Promise<readonly Sprint[]>
  /** Null when the answer does not say how many tasks are open. */
  taskSummary(sprintId: string): Promise<TaskSummary | null>
  /** Throws `conflict` when one is in progress already. The service assigns every unassigned task. */
  createSprint(
    projectId: string,
    name: string,
    weeks: number,
  ): Promise<{ readonly sprint_id: string; readonly assigned: number; readonly warnings: readonly string[] }>
  closeSprint(
    sprintId: string,
  ): Promise<{ readonly status: string; readonly completed: number; readonly moved_to_backlog: number }>
  /**
   * What Chronicle knows; a part that cannot be read is named in `unread`. Throws `upstream_unavailable` when Chronicle is
   * down: decisions then go on by rules alone.
   */
  history(projectId: string): Promise<History>
  /** Writes a decision note once: `note.audit_id` tells a repeat. */
  noteDecision(note: Readonly<Record<string, unknown>>): Promise<{ readonly note_id: string }>
}

// ---- the cluster -------------------------------------------------------------------------------------------------

/** What a sprint's daily-scrum CronJob should be. */
export interface CronJobSpec {
  readonly project: string
  readonly sprint: string
  readonly schedule: string
  readonly time_zone: string | null
}

/** A managed CronJob as the cluster shows it. */
export interface LiveCronJob {
  readonly name: string
  /** The very object: another one of the same name has another. */
  readonly uid: string
  /** Another one as soon as anybody changes what is to run. */
  readonly version: string
  readonly owner: Owner
  /** The other installation's id, or the field manager that made a stranger's; null when it is ours or not known. */
  readonly owner_name: string | null
  /** Deleted, and held by a finalizer: it stands, and never fires again. */
  readonly terminating: boolean
  readonly project: string
  readonly sprint: string
  readonly schedule: string
  readonly time_zone: string | null
  readonly suspended: boolean
  readonly starting_deadline_seconds: number | null
  readonly created_at: Instant
  /** When its spec was last written, by anybody; null when the cluster does not say. */
  readonly changed_at: Instant | null
  readonly last_schedule_at: Instant | null
  /** When the last of its jobs succeeded. */
  readonly last_success_at: Instant | null
  readonly active: number
  /** JSON pointers that differ from the manifest of `spec`, each with both values; empty when as it should be. */
  drift(spec: CronJobSpec, ignore?: readonly string[]): readonly Drift[]
}

/** `other_installation`: another Coxswain that shares the namespace. */
export type Owner = 'us' | 'other_installation' | 'stranger'

export interface Drift {
  /** JSON pointer. */
  readonly pointer: string
  readonly wanted: unknown
  readonly found: unknown
}

export interface Applied {
  readonly name: string
  /** `fought`: something rewrote all that was written. `terminating`: nothing can be done until it is gone. */
  readonly outcome: 'created' | 'repaired' | 'unchanged' | 'fought' | 'terminating'
  /** What the cluster's answer shows otherwise than it was wanted, and the version that shows it. */
  readonly left?: { readonly version: string; readonly drift: readonly Drift[] }
}

/** `terminating`: a finalizer holds it. `absent`: there was none of ours. */
export type Removed = 'deleted' | 'terminating' | 'absent'

export interface ApplyOptions {
  /** JSON pointers of what is neither compared nor written. */
  readonly ignore?: readonly string[]
  /** The one that this is made anew after: what is ignored stays as it was there. */
  readonly like?: LiveCronJob
}

/** Throws AppError: `forbidden` naming verb and resource, `upstream_unavailable` (`details.service = 'cluster'`), `conflict`. */
export interface CronJobs {
  /** The name of a sprint's CronJob: DNS-safe, at most 52 characters, collision-free. */
  nameOf(project: string, sprint: string): string
  /** All managed CronJobs, paged by `continue`; one list call per 500. */
  list(): Promise<readonly LiveCronJob[]>
  /** Of one project: one list call by label. */
  ofProject(project: string): Promise<readonly LiveCronJob[]>
  /** Whatever has the name of a sprint's CronJob, whoever it belongs to: one call. Null for nothing. */
  find(project: string, sprint: string): Promise<LiveCronJob | null>
  /**
   * Creates it, or writes what differs. A stranger's object of that name, and another installation's, is a `conflict`,
   * never overwritten. `seen` is what a list taken just before showed under that name, null for nothing: it saves looking
   * again, and is not trusted.
   */
  apply(spec: CronJobSpec, seen?: LiveCronJob | null, options?: ApplyOptions): Promise<Applied>
  /** Only one of ours and of this project is touched; with `seen`, only that very one. */
  remove(project: string, name: string, seen?: LiveCronJob): Promise<Removed>
  /** Verbs and resources that are missing, empty when all is granted. */
  preflight(): Promise<readonly { readonly verb: string; readonly resource: string }[]>
}

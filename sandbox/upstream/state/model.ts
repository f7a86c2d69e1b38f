/** What the four services remember, as plain records. Days are YYYY-MM-DD. */

export type Day = string

export interface ProjectRecord {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly status: string
}

export interface MemberRecord {
  readonly id: string
  readonly project_id: string
  readonly name: string
  readonly gender: string
  readonly state: string
  readonly age: number
}

/** Days on which a member is away, both included. */
export interface AbsenceRecord {
  readonly project_id: string
  readonly member: string
  readonly date: Day
  readonly until: Day
}

export const TASK_STATUSES = ['unassigned', 'assigned_to_sprint', 'in_progress', 'completed'] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]

export interface TaskRecord {
  readonly task_id: string
  readonly project_id: string
  readonly title: string
  readonly description: string
  readonly status: TaskStatus
  readonly assigned_to: string | null
  readonly sprint_id: string | null
  readonly progress_percentage: number
}

export type SprintStatus = 'in_progress' | 'completed' | 'closed_with_pending_tasks'

export interface SprintRecord {
  readonly sprint_id: string
  readonly project_id: string
  readonly sprint_name: string
  readonly start_date: Day
  readonly end_date: Day
  readonly duration_weeks: number
  readonly status: SprintStatus
}

export const NOTE_KINDS = ['daily_scrum_report', 'sprint_retrospective', 'decision_audit'] as const
export type NoteKind = (typeof NOTE_KINDS)[number]

/** A note of Chronicle: kept as it came, under an id of Chronicle's own. */
export interface NoteRecord {
  readonly note_id: string
  readonly kind: NoteKind
  readonly project_id: string
  /** RFC 3339. */
  readonly created_at: string
  readonly content: Readonly<Record<string, unknown>>
}

/** What a retrospective tells; the figures of Chronicle are computed from these. */
export interface Retrospective {
  readonly sprint_id: string
  readonly project_id: string
  readonly start_date: Day
  readonly end_date: Day
  readonly duration_weeks: number
  readonly total_tasks: number
  readonly completed_tasks: number
  readonly impediments: readonly string[]
}

/** Every table by name, with what its rows are. A type, because an interface is no index signature. */
export type Tables = {
  projects: ProjectRecord
  members: MemberRecord
  absences: AbsenceRecord
  tasks: TaskRecord
  sprints: SprintRecord
  notes: NoteRecord
}

export const TABLES = ['projects', 'members', 'absences', 'tasks', 'sprints', 'notes'] as const

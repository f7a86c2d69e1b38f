/** What an analysis is asked, what it reads, and what it hands to the engine. */
import type { Instant } from '#lib/clock'
import type { Options, Orchestration, Strategy } from './model.ts'
import type { Availability, BacklogSummary, History, LiveCronJob, Project, Sprint, Task, TaskSummary } from './ports.ts'

export interface Ask {
  readonly options: Options
  /** Set when the request names one. */
  readonly schedule?: string | undefined
}

export interface Analysed {
  readonly inputs: Orchestration
  /** Every unassigned task, in the backlog's order. */
  readonly unassigned: readonly string[]
  /** The project's CronJobs; none when the decision needed no look at them. */
  readonly lives: readonly LiveCronJob[]
}

/** What is asked about a sprint. */
export interface SprintFacts {
  readonly tasks: TaskSummary | null
  readonly availability: Availability
}

/** Everything that was read. */
export interface Seen {
  readonly project: string
  readonly now: Instant
  readonly details: Project
  readonly team: readonly { readonly id: string; readonly name: string }[]
  readonly backlog: BacklogSummary
  readonly sprints: readonly Sprint[]
  readonly tasks: readonly Task[]
  readonly sprint: Sprint | null
  readonly facts: SprintFacts
  readonly lives: readonly LiveCronJob[]
  readonly history: History | null
  readonly strategies: readonly Strategy[]
}

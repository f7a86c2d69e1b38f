/** What councils ask of a store: runs with their outputs, the registry, and figures that do not grow with what is over. */
import type { Instant } from '#lib/clock'
import type { AgentEntry } from './model.ts'
import type { Brief, Loaded, Output, Run, RunKind, RunLease, Standing } from './run.ts'

export interface Slice<T> {
  readonly items: readonly T[]
  readonly cursor?: string
}

/** A run that is not settled yet. */
export interface OpenCard {
  readonly execution_id: string
  readonly role: string
  readonly agents: readonly string[]
}

/** What a run that is over adds to the figures. */
export interface Summary {
  readonly execution_id: string
  readonly kind: RunKind
  readonly role: string
  readonly at: Instant
  /** From its creation to its end. */
  readonly ms: number
  readonly completed: boolean
  /** Completed, but not whole. */
  readonly degraded: boolean
  /** Answered calls and their time together. */
  readonly calls: number
  readonly calls_ms: number
}

export interface Spent {
  readonly tokens: number
  readonly usd: number
}

/** Counted over all time, completed runs only. */
export interface Totals {
  readonly deliberations: number
  readonly orchestrations: number
  /** Of deliberations. */
  readonly ms: number
  readonly by_role: Readonly<Record<string, number>>
}

/**
 * Where runs live. The run is a small record, its brief and every output are items of their own beside it, so that no item
 * comes near 400 KB and none is written twice.
 */
export interface RunStore {
  /** Stores the run and its brief and lists it. The run that stands when its id is taken. */
  create(run: Run, brief: Brief): Promise<Run>
  /** Strongly consistent. */
  find(executionId: string): Promise<Run | undefined>
  load(executionId: string): Promise<Loaded | undefined>
  /** Takes an open run whose lease is over at `now`; the run as it is now ours, undefined when it is over or in other hands. */
  take(executionId: string, holder: string, span: { now: Instant; until: Instant }): Promise<Run | undefined>
  /** Prolongs (or, with a time that is past, ends) the lease; false when the run is no longer ours. */
  renew(executionId: string, lease: RunLease): Promise<boolean>
  /** Stores an output once: the one that stands is the answer. */
  keep(executionId: string, output: Output): Promise<Output>
  /** Adds a wave's spending to the day, once however often it is told. */
  count(executionId: string, wave: string, day: string, spent: Spent): Promise<void>
  spentOn(day: string): Promise<Spent>
  /** Ends the run as its holder; false when it is no longer ours. */
  finish(executionId: string, fence: number, standing: Standing): Promise<boolean>
  /** Adds the run to the figures, once, and takes it off the open ones. */
  settle(summary: Summary): Promise<void>
  open(limit: number, cursor?: string): Promise<Slice<OpenCard>>
  /** Newest first; of one role or all. */
  list(role: string | undefined, limit: number, cursor?: string): Promise<Slice<Run>>
  /** The newest run of a task. */
  point(taskId: string, executionId: string): Promise<void>
  pointed(taskId: string): Promise<string | undefined>
  /** Runs that ended at or after `since`, newest first, at most `max`. */
  ended(since: Instant, max: number): Promise<readonly Summary[]>
  totals(): Promise<Totals>
}

/** A council as it is kept. A deleted one leaves its place marked, so that a default does not come back with a restart. */
export interface StoredCouncil {
  /** As it was first given. */
  readonly role: string
  readonly agents: readonly AgentEntry[]
  /** Rounds of a run that does not say. */
  readonly rounds: number
  readonly deleted: boolean
  /** 0: not stored yet. */
  readonly version: number
}

export interface Registry {
  find(role: string): Promise<StoredCouncil | undefined>
  all(): Promise<readonly StoredCouncil[]>
  /** Stores it as one version above what it was read at; false when somebody was quicker. */
  save(council: StoredCouncil): Promise<boolean>
}

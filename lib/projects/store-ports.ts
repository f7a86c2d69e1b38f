/** What the projects job asks of the store: settings, states, decisions, locks, and the memory of past sprints. */
import type { Instant } from '#lib/clock'
import type { DecisionRecord, Episode, Intent, ProjectState, Settings, Strategy } from './model.ts'

/** A page of a list and where the next one begins. */
export interface Slice<T> {
  readonly items: readonly T[]
  readonly cursor?: string
}

export interface Known {
  readonly settings: Settings
  readonly state: ProjectState
}

export interface ProjectStore {
  /** Strongly consistent. */
  load(project: string): Promise<Known>
  /** Many at once, perhaps a moment old. */
  loadMany(projects: readonly string[]): Promise<ReadonlyMap<string, Known>>
  /** Changes what is named and keeps the rest. */
  saveSettings(project: string, change: Partial<Settings>): Promise<Settings>

  /**
   * Writes down a decision before its first step. False when another decision came in between, or a holder with a higher
   * fence has been here: then nothing may be done.
   */
  open(project: string, intent: Intent): Promise<boolean>
  /** Makes an intent that a crash left open one's own. False when somebody else was quicker. */
  takeOver(project: string, intent: Intent, fence: number): Promise<boolean>
  /** Forgets an intent that had no effect. */
  drop(project: string, intent: Intent): Promise<void>
  /**
   * The one write that makes a decision: its record and the state after it, both or neither. Gives back the record that
   * stands, which is another holder's if that one finished first; undefined when a holder with another fence has it in hand.
   */
  finish(record: DecisionRecord, after: ProjectState, fence: number): Promise<DecisionRecord | undefined>
  /** Changes what the sweep remembers, beside any decision. */
  remember(project: string, change: Pick<Partial<ProjectState>, 'backoff' | 'noted'>): Promise<void>

  decision(project: string, seq: number): Promise<DecisionRecord | undefined>
  /** Newest first. */
  decisions(project: string, limit: number, cursor?: string): Promise<Slice<DecisionRecord>>

  /** The fence token while the lock is ours until `until`; undefined while another holds it. */
  lock(name: string, holder: string, now: Instant, until: Instant): Promise<number | undefined>
  unlock(name: string, token: number): Promise<void>
  /** Remembers the scheduled time of a sweep; false when one of that time or later has run already. */
  beginSweep(scheduledFor: Instant): Promise<boolean>
  /** The id of this installation; undefined while it has none. */
  installation(): Promise<string | undefined>
  /** Gives the installation this id, unless it has one; answers the one it has. */
  establish(id: string): Promise<string>
  /** Keeps how the newest sweep went, for whoever asks after the cluster's health. */
  noteSweep(note: SweepNote): Promise<void>
  /** Undefined when there was none yet. */
  lastSweep(): Promise<SweepNote | undefined>
}

/** How a sweep went, in a sentence for people. */
export interface SweepNote {
  readonly ok: boolean
  readonly detail: string
  readonly at: Instant
}

export interface Memory {
  /** Adds an episode; one of this sprint that stands already stays. */
  begin(episode: Episode): Promise<void>
  /** Writes how a sprint went; the first outcome stands. Nothing happens when the sprint has no episode. */
  settle(project: string, sprint: string, outcome: number, at: Instant): Promise<void>
  ofProject(project: string): Promise<readonly Episode[]>
  all(): Promise<readonly Episode[]>
  strategies(): Promise<readonly Strategy[]>
  /** False when a newer version stands there. */
  saveStrategy(strategy: Strategy): Promise<boolean>
}

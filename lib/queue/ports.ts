/** What the queue asks of the world: a store of jobs, tickets and workers, and where issues come from. */
import type { Instant } from '#lib/clock'
import type { Reservations } from './files.ts'
import type { Claim } from './judge.ts'
import type { Body, Finish, Job, JobKey, Usage, WorkerRecord } from './model.ts'

/** A write that met its condition, or what stood in the way. */
export type Saved = { readonly kind: 'saved' } | { readonly kind: 'stale'; readonly current: Job | undefined }

/** As `Saved`, or nothing was written because another reserved files of the repository at the same time. */
export type SavedReserving = Saved | { readonly kind: 'contended' }

/** A page of a list and where the next one begins. */
export interface Slice<T> {
  readonly items: readonly T[]
  readonly cursor?: string
}

/** The completion that is written without reading first. */
export interface Completion {
  readonly key: JobKey
  readonly claim: Claim & { readonly token: number }
  readonly finish: Finish
  readonly usage: Usage
  readonly correlation_id: string
}

/**
 * Where jobs live. A *job record* is the truth from the first lease on; a *ticket* stands in the ready line and carries
 * the job as it was queued. A ticket of version v may be taken as long as no record is newer than v: so each ticket is
 * taken at most once, and one left behind by a crash does no harm.
 */
export interface QueueStore {
  /** The record, strongly consistent; undefined when the job was never leased nor changed since it was queued. */
  record(key: JobKey): Promise<Job | undefined>
  /** The record, or else the ticket that waits in the line. Finding a ticket reads the line: for rare use. */
  find(key: JobKey): Promise<Job | undefined>
  records(keys: readonly JobKey[]): Promise<readonly Job[]>
  /** The foremost tickets in order, at most `limit`; perhaps a moment old. */
  ready(limit: number, cursor?: string): Promise<Slice<Job>>
  /** The cursor with which `ready` goes on behind this ticket, whether it still stands there or not. */
  behind(ticket: Job): string
  /** Jobs of a repository that are held back, by issue number; strongly consistent. */
  waiting(repository: string, limit: number, cursor?: string): Promise<Slice<Job>>
  /**
   * Puts the job's ticket into the ready line, or among those held back while it `waits`; one that stands there already
   * stays as it is. True when it was put.
   */
  enqueue(job: Job): Promise<boolean>
  /** Takes the ticket of this version from where such a job's ticket stands. */
  dequeue(job: Job): Promise<void>
  /** Stores `job` as the record if none newer than `from` is there. 1 write unit up to 1 KB. */
  save(job: Job, from: Pick<Job, 'version'>): Promise<Saved>
  /** Who holds which files of a repository; perhaps a moment old. */
  reservations(repository: string): Promise<Reservations>
  /** `save` of a lease together with the reservation of its files, both or neither: 4 write units while both are small. */
  saveReserving(job: Job, from: Pick<Job, 'version'>, reservations: Reservations): Promise<SavedReserving>
  /** Completes the job if `claim` holds a live lease at `finish.at`: one write, no read. */
  complete(completion: Completion): Promise<Saved>
  /** The body of a job, wherever it lives. */
  body(job: Job): Promise<string>
  /** What reviewers asked for, wherever it lives; null when the job is no rework. */
  feedback(job: Job): Promise<string | null>
  /** Writes down a body that lives apart; one inside its job needs nothing. */
  keepBody(key: JobKey, body: Body, text: string): Promise<void>
  /** Records of a repository, highest issue number first. */
  history(repository: string, limit: number, cursor?: string): Promise<Slice<Job>>

  worker(id: string, options?: { readonly consistent?: boolean }): Promise<WorkerRecord | undefined>
  workers(limit: number, cursor?: string): Promise<Slice<WorkerRecord>>
  /** False when the record changed since it was read. */
  saveWorker(record: WorkerRecord): Promise<boolean>
  /** Removes a worker's record: 1 write unit. False when it changed since it was read, and stays. */
  forgetWorker(record: WorkerRecord): Promise<boolean>
  /** Remembers the pull request of a worker that came too late, for people to find. */
  noteOrphan(note: {
    readonly key: JobKey
    readonly worker: string
    readonly pr_url: string
    readonly at: Instant
  }): Promise<void>
}

/** Jobs by state, kept by the relay; a moment behind. */
export interface QueueCounts {
  readonly pending: number
  readonly in_progress: number
  readonly completed: number
  readonly failed: number
  readonly withdrawn: number
}

/** What GitHub refused too often to show of an issue: it is set aside until it is redriven. */
export interface RefusedDebt {
  readonly key: JobKey
  readonly since: Instant
  readonly tries: number
  /** GitHub's reason. */
  readonly error: string
}

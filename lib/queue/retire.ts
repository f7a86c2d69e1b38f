/** Takes workers off the list: by an operator's word, or after a month without a sign of life. One that comes back is new. */
import { type Clock, hours, type Instant, toTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Pointed, readPointer } from './holding.ts'
import { unknownWorker } from './locate.ts'
import type { Job, JobKey, LeasedJob, WorkerRecord } from './model.ts'
import type { QueueStore } from './ports.ts'
import type { Contact } from './presence.ts'

export interface RetirePorts {
  readonly store: QueueStore
  readonly clock: Clock
}

/** Long enough for a holiday and for a machine that is repaired. */
const RETIRED_AFTER_MS = 30 * hours(24)
/** Concurrent changes of one worker's record settle in a round or two. */
const MAX_ROUNDS = 3

/** True for a worker that gave no sign of life for 30 days and holds nothing. */
export function isAbandoned(record: WorkerRecord, { lastWord, lease }: Contact, now: Instant): boolean {
  return lease === undefined && now - Math.max(lastWord, record.first_seen) >= RETIRED_AFTER_MS
}

/** Reads: 1 unit for the worker, 1 for the job it points to. Writes: 1 unit, the removal. */
export function createRetire({ store, clock }: RetirePorts) {
  return { retire, forget }

  /** Throws `not_found` for an unknown worker, `conflict` for one that holds a lease. */
  async function retire(id: string): Promise<{ readonly id: string; readonly status: 'retired' }> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (await attempt(id)) return { id, status: 'retired' }
    }
    throw busy(id, 'is calling just now. Stop it, then retire it.')
  }

  /** False when the worker's record changed meanwhile. */
  async function attempt(id: string): Promise<boolean> {
    const record = await store.worker(id, { consistent: true })
    if (record === undefined) throw unknownWorker(id)
    const job = record.pointer === null ? undefined : await store.record(record.pointer.key)
    const pointed = readPointer(record, job, clock.now())
    const obstacle = obstacleIn(id, pointed)
    if (obstacle !== undefined) throw obstacle
    return remove(record, pointed.kind === 'pending' ? pointed.job : undefined)
  }

  /** Removes an abandoned worker; false when its pointer still leads to something, or it called meanwhile. */
  async function forget(record: WorkerRecord, job: Job | undefined, now: Instant): Promise<boolean> {
    const pointed = readPointer(record, job, now)
    if (pointed.kind === 'nothing') return remove(record, undefined)
    return pointed.kind === 'pending' && remove(record, pointed.job)
  }

  /** The job first: once the record is gone, nothing leads to it. */
  async function remove(record: WorkerRecord, waiting: Job | undefined): Promise<boolean> {
    if (waiting !== undefined) await store.enqueue(waiting)
    return store.forgetWorker(record)
  }
}

const nameOf = ({ repository, number }: JobKey): string => `${repository}#${number}`

/** Why a worker with this pointer may not go now, and what to do; undefined when it may. */
function obstacleIn(id: string, pointed: Pointed): AppError | undefined {
  switch (pointed.kind) {
    case 'nothing':
    case 'pending':
      return undefined
    case 'claiming':
      return busy(id, 'is just taking an issue. Repeat the request in a moment.')
    case 'expired':
      return busy(
        id,
        `lost ${nameOf(pointed.job.key)}, which the next poll puts back in the line. Retire it after that.`,
      )
    case 'held':
      return holding(id, pointed.job)
  }
}

function holding(id: string, { key, state: { lease } }: LeasedJob): AppError {
  const until = toTimestamp(lease.expires_at)
  const mend = `Stop the worker, or cancel the issue (POST /queue/${key.repository}/${key.number}/cancel), then retire it.`
  const details = { holds: nameOf(key), lease_expires_at: until }
  return new AppError('conflict', `Worker ${id} holds ${nameOf(key)} until ${until}. ${mend}`, { details })
}

function busy(id: string, what: string): AppError {
  return new AppError('conflict', `Worker ${id} ${what}`, { retryAfter: 60 })
}

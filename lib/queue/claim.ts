/** One try to lease one job to one worker: three writes, safe to die between any two. */
import { leased, type Occasion, type Policy } from './decide.ts'
import { reservedFor } from './files.ts'
import { isLeased, type Job, type LeasedJob, type WorkerRecord } from './model.ts'
import type { Overlap } from './overlap.ts'
import type { QueueStore, SavedReserving } from './ports.ts'
import type { Asked } from './reserve.ts'

/*
 *   1. the worker's pointer   "I may hold job J by token t"   whoever looks for lost leases looks here
 *   2. the job's record       leased, if no record is newer   the claim itself: exactly one can win
 *   3. the ticket             taken out of the line           left behind, it is refused by step 2 for ever
 *
 * A pointer is overwritten only when the record shows that nothing hangs on it (holding.ts), so that every lease has one.
 * A job that declares files reserves them in step 2, by the same transaction, if the reservations are as they were read
 * before step 1: so a claim that was begun before a rival's lease can never be made after it.
 */

export type ClaimResult =
  | { readonly kind: 'won'; readonly job: LeasedJob }
  /** Another took this job. `record` is the worker as the store has it now, its vain pointer taken back. */
  | { readonly kind: 'lost'; readonly record: WorkerRecord }
  /** Others reserved files of the repository meanwhile; this job may still be free. */
  | { readonly kind: 'contended'; readonly record: WorkerRecord }
  /** The same worker asked twice at once, and the other request was quicker. */
  | { readonly kind: 'overtaken' }

/** A ticket whose record is ahead was left behind by a crash if the record is older than this; else it is being removed. */
const LEFT_BEHIND_MS = 5_000

export interface ClaimPorts {
  readonly store: QueueStore
  readonly policy: Policy
  /** Left out by those who never lease; see reserve.ts. */
  readonly overlap?: Overlap
}

/** A ticket and what was found when its files were asked for. */
export interface Choice {
  readonly ticket: Job
  readonly files: Exclude<Asked, { kind: 'held' }>
}

/** 3 write units when it wins: pointer, record, ticket. 3 more when the job declares files. */
export async function claim(
  ports: ClaimPorts,
  record: WorkerRecord,
  choice: Choice,
  on: Occasion,
): Promise<ClaimResult> {
  const { ticket } = choice
  const pointer = {
    key: ticket.key,
    token: ticket.token + 1,
    version: ticket.version + 1,
    expires_at: on.now + ports.policy.leaseMs,
  }
  const intent = { ...record, pointer, total_tasks: record.total_tasks + 1, last_seen: on.now }
  if (!(await ports.store.saveWorker(intent))) return { kind: 'overtaken' }
  const taken = await take(ports, record.id, choice, on)
  if (taken.kind === 'won') return taken
  return { kind: taken.kind, record: { ...record, last_seen: on.now, pointer: null, version: record.version + 1 } }
}

export type Taken = { readonly kind: 'won'; readonly job: LeasedJob } | { readonly kind: 'lost' | 'contended' }

const LOST: Taken = { kind: 'lost' }

/** Steps 2 and 3, once the worker's pointer stands. */
export async function take(ports: ClaimPorts, worker: string, choice: Choice, on: Occasion): Promise<Taken> {
  const { store, policy } = ports
  const { ticket } = choice
  const job = leased(ticket, worker, policy, on)
  const saved = await saveLease(store, job, choice)
  if (saved.kind === 'saved') {
    await store.dequeue(ticket)
    return { kind: 'won', job }
  }
  if (saved.kind === 'contended') return { kind: 'contended' }
  const { current } = saved
  if (current !== undefined && isOf(worker, job.token, current)) return { kind: 'won', job: current }
  if (current !== undefined && on.now - current.changed_at >= LEFT_BEHIND_MS) await tidy(store, ticket, current)
  return LOST
}

function saveLease(store: QueueStore, job: Job, { ticket, files }: Choice): Promise<SavedReserving> {
  if (files.kind === 'plain') return store.save(job, ticket)
  return store.saveReserving(job, ticket, reservedFor(files.reservations, job, files.globs))
}

/** True when another request of this worker has made the very claim. */
function isOf(worker: string, token: number, job: Job): job is LeasedJob {
  return isLeased(job) && job.state.lease.worker === worker && job.state.lease.token === token
}

/** Removes a ticket that was left behind; a waiting job's own ticket may never have been put. */
async function tidy(store: QueueStore, ticket: Job, current: Job): Promise<void> {
  if (current.state.kind === 'pending') await store.enqueue(current)
  await store.dequeue(ticket)
}

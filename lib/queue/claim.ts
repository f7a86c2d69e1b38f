/** One try to lease one job to one worker: three writes, safe to die between any two. */
import { leased, type Occasion, type Policy } from './decide.ts'
import type { Job, WorkerRecord } from './model.ts'
import type { QueueStore } from './ports.ts'

/*
 *   1. the worker's pointer   "I may hold job J by token t"   whoever looks for lost leases looks here
 *   2. the job's record       leased, if no record is newer   the claim itself: exactly one can win
 *   3. the ticket             taken out of the line           left behind, it is refused by step 2 for ever
 */

export type ClaimResult =
  | { readonly kind: 'won'; readonly job: Job }
  /** Another worker took this job. */
  | { readonly kind: 'lost' }
  /** The same worker asked twice at once, and the other request was quicker. */
  | { readonly kind: 'overtaken' }

/** A ticket whose record is ahead was left behind by a crash if the record is older than this; else it is being removed. */
const LEFT_BEHIND_MS = 5_000

export interface ClaimPorts {
  readonly store: QueueStore
  readonly policy: Policy
}

/** 3 write units when it wins: pointer, record, ticket. */
export async function claim(ports: ClaimPorts, record: WorkerRecord, ticket: Job, on: Occasion): Promise<ClaimResult> {
  const { store, policy } = ports
  const job = leased(ticket, record.id, policy, on)
  const pointer = { key: job.key, token: job.token, expires_at: on.now + policy.leaseMs }
  const intent = { ...record, pointer, total_tasks: record.total_tasks + 1, last_seen: on.now }
  if (!(await store.saveWorker(intent))) return { kind: 'overtaken' }

  const saved = await store.save(job, ticket)
  if (saved.kind === 'saved') {
    await store.dequeue(ticket)
    return { kind: 'won', job }
  }
  if (saved.current !== undefined && on.now - saved.current.changed_at >= LEFT_BEHIND_MS) await store.dequeue(ticket)
  return { kind: 'lost' }
}

/** The live lease that the worker's pointer leads to, if it has one. */
export async function heldBy(store: QueueStore, record: WorkerRecord, on: Occasion): Promise<Job | undefined> {
  const { pointer } = record
  if (pointer === null) return undefined
  const job = await store.record(pointer.key)
  // The worker's last report put the job back, but perhaps died before the ticket was in the line.
  if (job?.state.kind === 'pending' && job.ended?.token === pointer.token) await store.enqueue(job)
  return job !== undefined && isHeld(job, record.id, pointer.token, on) ? job : undefined
}

function isHeld(job: Job, worker: string, token: number, on: Occasion): boolean {
  if (job.state.kind !== 'leased') return false
  const { lease } = job.state
  return lease.worker === worker && lease.token === token && on.now < lease.expires_at
}

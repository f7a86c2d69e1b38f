/** One try to lease one job to one worker: three writes, safe to die between any two. */
import { leased, type Occasion, type Policy } from './decide.ts'
import type { Job, WorkerRecord } from './model.ts'
import type { QueueStore } from './ports.ts'

/*
 *   1. the worker's pointer   "I may hold job J by token t"   whoever looks for lost leases looks here
 *   2. the job's record       leased, if no record is newer   the claim itself: exactly one can win
 *   3. the ticket             taken out of the line           left behind, it is refused by step 2 for ever
 *
 * A pointer is overwritten only when the record shows that nothing hangs on it (holding.ts), so that every lease has one.
 */

export type ClaimResult =
  | { readonly kind: 'won'; readonly job: Job }
  /** Another took this job. `record` is the worker as the store has it now, its vain pointer taken back. */
  | { readonly kind: 'lost'; readonly record: WorkerRecord }
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
  const pointer = {
    key: ticket.key,
    token: ticket.token + 1,
    version: ticket.version + 1,
    expires_at: on.now + ports.policy.leaseMs,
  }
  const intent = { ...record, pointer, total_tasks: record.total_tasks + 1, last_seen: on.now }
  if (!(await ports.store.saveWorker(intent))) return { kind: 'overtaken' }
  const job = await take(ports, record.id, ticket, on)
  if (job !== undefined) return { kind: 'won', job }
  return { kind: 'lost', record: { ...record, last_seen: on.now, pointer: null, version: record.version + 1 } }
}

/** Steps 2 and 3, once the worker's pointer stands. The leased job, or undefined when it is another's. */
export async function take(ports: ClaimPorts, worker: string, ticket: Job, on: Occasion): Promise<Job | undefined> {
  const { store, policy } = ports
  const job = leased(ticket, worker, policy, on)
  const saved = await store.save(job, ticket)
  if (saved.kind === 'saved') {
    await store.dequeue(ticket)
    return job
  }
  const { current } = saved
  if (current !== undefined && isOf(worker, job.token, current)) return current
  if (current !== undefined && on.now - current.changed_at >= LEFT_BEHIND_MS) await tidy(store, ticket, current)
  return undefined
}

/** True when another request of this worker has made the very claim. */
function isOf(worker: string, token: number, { state }: Job): boolean {
  return state.kind === 'leased' && state.lease.worker === worker && state.lease.token === token
}

/** Removes a ticket that was left behind; a waiting job's own ticket may never have been put. */
async function tidy(store: QueueStore, ticket: Job, current: Job): Promise<void> {
  if (current.state.kind === 'pending') await store.enqueue(current)
  await store.dequeue(ticket)
}

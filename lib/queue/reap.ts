/** Expired leases come back into the line, even when the worker and the server that leased them are gone. */
import type { Clock } from '#lib/clock'
import { expired, type Occasion, type Policy } from './decide.ts'
import type { Job, WorkerRecord } from './model.ts'
import type { QueueStore } from './ports.ts'

export interface ReapPorts {
  readonly store: QueueStore
  readonly clock: Clock
  readonly policy: Policy
}

/** What is to be done about a worker's pointer, given the job it points to. */
export type Step =
  /** The lease lives. */
  | { readonly kind: 'leave' }
  /** The lease ran out: end it, then put the job back into the line if attempts are left. */
  | { readonly kind: 'expire' }
  /** The job is pending: make sure its ticket stands in the line, then forget the pointer. */
  | { readonly kind: 'requeue' }
  /** The pointer points to nothing that matters any more. */
  | { readonly kind: 'forget' }

/** Workers read per page; a page of 100 is about 2 read units. */
const PAGE = 100

export function planReap(record: WorkerRecord, job: Job | undefined, now: number): Step {
  const { pointer } = record
  if (pointer === null || now < pointer.expires_at) return { kind: 'leave' }
  if (job === undefined) return { kind: 'forget' }
  const { state } = job
  if (state.kind === 'leased' && state.lease.token === pointer.token && state.lease.worker === record.id) {
    return { kind: now < state.lease.expires_at ? 'leave' : 'expire' }
  }
  return { kind: state.kind === 'pending' ? 'requeue' : 'forget' }
}

/**
 * Ends every lease that ran out. Returns how many jobs came back into the line. A write that fails ends the run: while
 * the store is down no lease may be judged.
 */
export function createReap(ports: ReapPorts) {
  return async function reap(on: Occasion): Promise<number> {
    let back = 0
    let cursor: string | undefined
    do {
      const page = await ports.store.workers(PAGE, cursor)
      for (const record of page.items) back += await tend(record, on)
      cursor = page.cursor
    } while (cursor !== undefined)
    return back
  }

  async function tend(record: WorkerRecord, on: Occasion): Promise<number> {
    const { pointer } = record
    if (pointer === null || on.now < pointer.expires_at) return 0
    const job = await ports.store.record(pointer.key)
    switch (planReap(record, job, on.now).kind) {
      case 'leave':
        return 0
      case 'forget':
        await ports.store.saveWorker({ ...record, pointer: null })
        return 0
      case 'requeue':
        return job === undefined ? 0 : putBack(record, job)
      case 'expire':
        return job === undefined ? 0 : end(record, job, on)
    }
  }

  async function end(record: WorkerRecord, job: Job, on: Occasion): Promise<number> {
    const next = expired(job, ports.policy, on)
    const saved = await ports.store.save(next, job)
    // Somebody was quicker: a heartbeat, a report, another reaper. The next run sees what came of it.
    if (saved.kind === 'stale') return 0
    if (next.state.kind === 'pending') return putBack(record, next)
    await ports.store.saveWorker({ ...record, pointer: null })
    return 0
  }

  async function putBack(record: WorkerRecord, job: Job): Promise<number> {
    const put = await ports.store.enqueue(job)
    await ports.store.saveWorker({ ...record, pointer: null })
    return put ? 1 : 0
  }
}

/** What a worker's pointer leads to, and bringing it to rest: only then may the worker be given something else. */
import { type ClaimPorts, claim, take } from './claim.ts'
import { expired, type Occasion } from './decide.ts'
import { isHeldBack } from './depends.ts'
import { isLeased, type Job, type LeasedJob, type WorkerRecord } from './model.ts'
import { askForFiles, newSight } from './reserve.ts'

/** What a pointer means, given the record of the job it points to. */
export type Pointed =
  /** Nothing depends on the pointer any more. */
  | { readonly kind: 'nothing' }
  /** The claim was begun: it may still be on its way, or its caller died before it was made. */
  | { readonly kind: 'claiming' }
  /** A live lease of this worker. */
  | { readonly kind: 'held'; readonly job: LeasedJob }
  /** The lease of this worker ran out and nobody has ended it yet. */
  | { readonly kind: 'expired'; readonly job: Job }
  /** The job waits; whoever put it back may have died before its ticket stood in the line. */
  | { readonly kind: 'pending'; readonly job: Job }

export function readPointer({ id, pointer }: WorkerRecord, job: Job | undefined, now: number): Pointed {
  if (pointer === null) return { kind: 'nothing' }
  if ((job?.version ?? 0) < pointer.version && now < pointer.expires_at) return { kind: 'claiming' }
  if (job === undefined) return { kind: 'nothing' }
  if (job.state.kind === 'pending') return { kind: 'pending', job }
  if (!isLeased(job)) return { kind: 'nothing' }
  const { worker, token, expires_at } = job.state.lease
  if (worker !== id || token !== pointer.token) return { kind: 'nothing' }
  return now < expires_at ? { kind: 'held', job } : { kind: 'expired', job }
}

export type Holding =
  | { readonly kind: 'held'; readonly job: LeasedJob }
  /** The worker, without its pointer where that led to waiting work. */
  | { readonly kind: 'free'; readonly record: WorkerRecord }
  /** Something was mended: look again. */
  | { readonly kind: 'mended' }

/** The worker's live lease, if it has one. Whatever else its pointer leads to is put in order first. */
export async function holdingOf(ports: ClaimPorts, record: WorkerRecord, on: Occasion): Promise<Holding> {
  const { pointer } = record
  if (pointer === null) return { kind: 'free', record }
  const pointed = readPointer(record, await ports.store.record(pointer.key), on.now)
  switch (pointed.kind) {
    case 'held':
      return pointed
    case 'nothing':
      return { kind: 'free', record }
    case 'pending':
      await ports.store.enqueue(pointed.job)
      return { kind: 'free', record: { ...record, pointer: null } }
    case 'expired':
      await endExpired(ports, pointed.job, on)
      return { kind: 'mended' }
    case 'claiming': {
      const ticket = await ports.store.find(pointer.key)
      if (ticket?.version !== pointer.version - 1 || isHeldBack(ticket)) return { kind: 'mended' }
      return goOn(ports, record, ticket, on)
    }
  }
}

/**
 * Goes on with a claim that was begun. One whose files a rival holds by now can never be made as it was begun, so that
 * nothing hangs on its pointer; one that asks for its files anew is begun anew, too.
 */
async function goOn(ports: ClaimPorts, record: WorkerRecord, ticket: Job, on: Occasion): Promise<Holding> {
  const files = await askForFiles(ports, ticket, newSight())
  if (files.kind === 'held') return { kind: 'free', record: { ...record, pointer: null } }
  if (files.kind === 'plain') await take(ports, record.id, { ticket, files }, on)
  else await claim(ports, { ...record, total_tasks: record.total_tasks - 1 }, { ticket, files }, on)
  return { kind: 'mended' }
}

/**
 * Ends a lease that ran out and puts the job back into the line if budgets allow. Undefined when somebody was quicker,
 * else whether this call put it there.
 */
export async function endExpired({ store, policy }: ClaimPorts, job: Job, on: Occasion): Promise<boolean | undefined> {
  const next = expired(job, policy, on)
  if ((await store.save(next, job)).kind === 'stale') return undefined
  return next.state.kind === 'pending' && store.enqueue(next)
}

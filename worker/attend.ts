/** Watches over one job: keeps its lease alive, and passes on to it every reason to stop. */
import type { Clock, Sleep } from '#lib/clock'
import type { Chance } from '#lib/ids'
import { type Stop, startHeart } from './heart.ts'
import { STOP_GRACE } from './lease.ts'
import type { Log } from './log.ts'
import type { Orchestrator } from './orchestrator.ts'
import type { Outcome } from './plan.ts'
import { leaseRef, type Usage, type Work } from './protocol.ts'

export interface AttendPorts {
  readonly orchestrator: Pick<Orchestrator, 'heartbeat'>
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
  readonly log: Log
}

export interface Attended {
  readonly work: Work
  /** Aborted when the worker is told to end. */
  readonly stopping: AbortSignal
  /** What the lease has spent so far, for its heartbeats; null when there is nothing to say. */
  spent(): Promise<Usage | null>
  /** The job itself; its signal's reason is a Stop. */
  task(signal: AbortSignal): Promise<Outcome>
  /** What follows; the lease is kept alive through it, but nothing stops it any more. */
  conclude(outcome: Outcome, stop: Stop | null): Promise<void>
}

export async function attend(ports: AttendPorts, { work, stopping, spent, task, conclude }: Attended): Promise<void> {
  const abort = new AbortController()
  const lease = leaseRef(work)
  let concluding = false

  const stop = (reason: Stop) => {
    if (concluding || abort.signal.aborted) return
    ports.log.warn('stopping the job', { issue: work.number, why: reason.why })
    abort.abort(reason)
  }
  const shutdown = () => stop({ why: 'shutdown', grace: STOP_GRACE })
  const beat = async (signal: AbortSignal) => ports.orchestrator.heartbeat(lease, 'working', signal, await spent())
  const endHeart = startHeart({ ...ports, beat, stop }, work.lease)
  stopping.addEventListener('abort', shutdown, { once: true })
  if (stopping.aborted) shutdown()
  try {
    const outcome = await task(abort.signal)
    concluding = true
    await conclude(outcome, abort.signal.aborted ? (abort.signal.reason as Stop) : null)
  } finally {
    endHeart()
    stopping.removeEventListener('abort', shutdown)
  }
}

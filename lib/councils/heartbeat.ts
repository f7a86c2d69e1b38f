/**
 * Keeps the lease of a run while this process works on it: prolonged every few seconds, so that it can be short.
 *
 *     begun      6 s      12 s      18 s           killed here          20 s after the last renewal: free to be taken
 *     ├─────────renew────renew─────renew─────────────✗──────────────────┤
 */
import { type Clock, seconds } from '#lib/clock'
import type { Alarm } from './ports.ts'
import type { Run, RunLease } from './run.ts'
import type { RunStore } from './store-ports.ts'

/** How long a holder that went silent keeps a run from others. */
export const LEASE_MS = seconds(20)
/** Three renewals may fail before a lease ends; each is one write unit. */
const RENEW_EVERY_MS = seconds(6)

export interface HeartbeatPorts {
  readonly store: Pick<RunStore, 'renew'>
  readonly clock: Clock
  readonly alarm: Alarm
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

export interface Heartbeat {
  /** Fires once the run is in other hands, or when the lease ended before it could be renewed. */
  readonly lost: AbortSignal
  /** Renews now unless that was done a moment ago; false when the run is no longer ours. */
  ensure(): Promise<boolean>
  /** Ends the renewals; resolves when none is under way. The lease stays as it is. */
  stop(): Promise<void>
}

/** Begins to renew the lease of a run that this process holds. */
export function startHeartbeat(run: Pick<Run, 'execution_id' | 'lease'>, ports: HeartbeatPorts): Heartbeat {
  const { store, clock, alarm, warn } = ports
  const { execution_id } = run
  const lost = new AbortController()
  let lease: RunLease = run.lease
  let underWay: Promise<void> | undefined
  let disarm = arm()

  return {
    lost: lost.signal,
    async ensure() {
      await underWay
      if (lease.until - clock.now() < LEASE_MS - RENEW_EVERY_MS && !lost.signal.aborted) await renew()
      return !lost.signal.aborted
    },
    async stop() {
      disarm()
      disarm = () => undefined
      await underWay
    },
  }

  function arm(): () => void {
    return alarm(RENEW_EVERY_MS, () => {
      if (lost.signal.aborted) return
      disarm = arm()
      // A renewal that hangs must not hide that the lease is over.
      if (underWay !== undefined) return loseIfOver()
      underWay = renew()
        .catch((error: unknown) => {
          warn('the lease of a run could not be renewed', { execution_id, error })
          loseIfOver()
        })
        .finally(() => {
          underWay = undefined
        })
    })
  }

  /** Others may have taken the run: what is paid from here on could be paid twice. */
  function loseIfOver(): void {
    if (clock.now() >= lease.until) lost.abort()
  }

  /** The fence decides: a lease that ran out while nobody took the run is ours again. */
  async function renew(): Promise<void> {
    const wanted = { ...lease, until: clock.now() + LEASE_MS }
    if (await store.renew(execution_id, wanted)) lease = wanted
    else lost.abort()
  }
}

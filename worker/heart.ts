/** Keeps a lease alive while its job runs, and says when the job must stop. */
import type { Clock, Sleep } from '#lib/clock'
import { AppError, HTTP_STATUS } from '#lib/errors'
import type { Chance } from '#lib/ids'
import { isDenied } from './deliver.ts'
import { pulseOf, STOP_GRACE } from './lease.ts'
import type { Log } from './log.ts'
import type { BeatAnswer, HeldLease } from './protocol.ts'
import { backoff, pause } from './retry.ts'

/** Why a job ends before its time; carried as the reason of its AbortSignal. */
export interface Stop {
  readonly why: 'cancelled' | 'lease_lost' | 'lease_expired' | 'shutdown'
  /** Milliseconds the command has between SIGTERM and SIGKILL. */
  readonly grace: number
}

/** Answers that mean the lease is gone: another holds it, or there is no such item any more. */
const LOST: ReadonlySet<number> = new Set([404, 409, 410])

export interface HeartPorts {
  beat(signal: AbortSignal): Promise<BeatAnswer>
  /** Called once, when the job must end. */
  stop(stop: Stop): void
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
  readonly log: Log
}

function messageOf(error: AppError): string {
  return isDenied(error) ? `${error.message} Replace ORCHESTRATOR_TOKEN before the lease ends.` : error.message
}

/** Starts beating for `lease`; the returned function ends it, and nothing is stopped any more from then on. */
export function startHeart(ports: HeartPorts, lease: HeldLease): () => void {
  const { clock, sleep, chance, log } = ports
  const ended = new AbortController()
  let pulse = pulseOf(lease.ends_at, clock.now())

  const finish = (stop: Stop) => {
    if (ended.signal.aborted) return
    ended.abort()
    ports.stop(stop)
  }

  async function beat(): Promise<'renewed' | AppError> {
    try {
      const answer = await ports.beat(ended.signal)
      if (answer.kind === 'renewed') pulse = pulseOf(answer.lease.ends_at, clock.now())
      else {
        log.info('job cancelled by the orchestrator', { reason: answer.reason })
        finish({ why: 'cancelled', grace: STOP_GRACE })
      }
      return 'renewed'
    } catch (thrown) {
      return thrown instanceof AppError ? thrown : new AppError('internal', 'The heartbeat failed.', { cause: thrown })
    }
  }

  async function keepBeating(): Promise<void> {
    let failures = 0
    let wait = pulse.every
    while (!ended.signal.aborted) {
      await pause(sleep, wait, ended.signal)
      if (ended.signal.aborted) return
      const result = await beat()
      if (result === 'renewed') {
        failures = 0
        wait = pulse.every
      } else if (LOST.has(HTTP_STATUS[result.code])) {
        log.warn('lease lost', { code: result.code })
        finish({ why: 'lease_lost', grace: STOP_GRACE })
      } else {
        failures += 1
        log.warn('heartbeat failed', { failures, error: messageOf(result) })
        wait = backoff(failures, chance, { longest: pulse.every, retryAfter: result.retryAfter })
      }
    }
  }

  async function watchTheEnd(): Promise<void> {
    while (!ended.signal.aborted) {
      await pause(sleep, pulse.stopAt - clock.now(), ended.signal)
      if (clock.now() >= pulse.stopAt) finish({ why: 'lease_expired', grace: pulse.grace })
    }
  }

  void keepBeating()
  void watchTheEnd()
  return () => ended.abort()
}

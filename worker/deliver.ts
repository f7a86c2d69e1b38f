/** Tells the orchestrator something until it is acknowledged or refused for good. */
import type { Sleep } from '#lib/clock'
import { AppError, isRetryable } from '#lib/errors'
import type { Chance } from '#lib/ids'
import type { Log } from './log.ts'
import { backoff, pause } from './retry.ts'

export type Delivery =
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'refused'; readonly error: AppError }
  /** The worker is stopping and the last try failed too. */
  | { readonly kind: 'interrupted' }

export interface DeliveryPorts {
  readonly sleep: Sleep
  readonly chance: Chance
  readonly log: Log
}

export interface DeliveryOptions {
  /** Once aborted, one more try is made and then no other; unless `tries` says how many. */
  readonly stopping: AbortSignal
  readonly tries?: number
}

export async function deliver(
  { sleep, chance, log }: DeliveryPorts,
  send: () => Promise<void>,
  { stopping, tries = Number.POSITIVE_INFINITY }: DeliveryOptions,
): Promise<Delivery> {
  const limited = Number.isFinite(tries)
  const waiting = limited ? new AbortController().signal : stopping
  for (let failures = 1; ; failures += 1) {
    const last = limited ? failures >= tries : stopping.aborted
    try {
      await send()
      return { kind: 'acknowledged' }
    } catch (thrown) {
      const error = thrown instanceof AppError ? thrown : new AppError('internal', String(thrown), { cause: thrown })
      if (!isRetryable(error)) return { kind: 'refused', error }
      log.warn('report not acknowledged yet', { failures, error: error.message })
      if (last) return { kind: 'interrupted' }
      await pause(sleep, backoff(failures, chance, { retryAfter: error.retryAfter }), waiting)
    }
  }
}

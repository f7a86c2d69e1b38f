/** Tells the orchestrator something until it is acknowledged or refused for good. */
import { minutes, type Sleep, seconds } from '#lib/clock'
import { AppError, isRetryable } from '#lib/errors'
import type { Chance } from '#lib/ids'
import type { Log } from './log.ts'
import { backoff, pause } from './retry.ts'

export type Delivery =
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'refused'; readonly error: AppError }
  /** The worker is stopping and the last try failed too. */
  | { readonly kind: 'interrupted' }

/** Waits while a token is refused: people replace it, and asking more often helps nothing. */
export const WHILE_DENIED = { first: seconds(30), longest: minutes(5) }

/** True for the answers to a token that is unknown, expired, revoked or another worker's. */
export function isDenied(error: AppError): boolean {
  return error.code === 'unauthenticated' || error.code === 'forbidden'
}

export interface DeliveryPorts {
  readonly sleep: Sleep
  readonly chance: Chance
  readonly log: Log
}

export interface DeliveryOptions {
  /** Once aborted, one more try is made and then no other; unless `tries` says how many. */
  readonly stopping: AbortSignal
  readonly tries?: number
  /** Called at each try that the token is refused for; such a try is then repeated slowly instead of given up. */
  readonly onDenied?: (error: AppError) => void
}

export async function deliver(
  ports: DeliveryPorts,
  send: () => Promise<void>,
  { stopping, tries = Number.POSITIVE_INFINITY, onDenied }: DeliveryOptions,
): Promise<Delivery> {
  const limited = Number.isFinite(tries)
  const waiting = limited ? new AbortController().signal : stopping
  for (let failures = 1; ; failures += 1) {
    const last = limited ? failures >= tries : stopping.aborted
    const error = await send().then(() => null, appErrorOf)
    if (error === null) return { kind: 'acknowledged' }
    const denied = onDenied !== undefined && isDenied(error)
    if (!denied && !isRetryable(error)) return { kind: 'refused', error }
    if (denied) onDenied(error)
    else ports.log.warn('report not acknowledged yet', { failures, error: error.message })
    if (last) return { kind: 'interrupted' }
    const wait = backoff(failures, ports.chance, { ...(denied && WHILE_DENIED), retryAfter: error.retryAfter })
    await pause(ports.sleep, wait, waiting)
  }
}

function appErrorOf(thrown: unknown): AppError {
  return thrown instanceof AppError ? thrown : new AppError('internal', String(thrown), { cause: thrown })
}

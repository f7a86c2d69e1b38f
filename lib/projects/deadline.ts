/** One deadline over many reads: whoever has not answered by then is named. */
import type { Sleep } from '#lib/clock'
import { AppError } from '#lib/errors'

export type Within = <T>(service: string, answer: Promise<T>) => Promise<T>

/** Starts the clock: everything given to the result must answer within `ms` from now, or fails naming its service. */
export function deadline(alarm: Sleep, ms: number): Within {
  const over = alarm(ms)
  return (service, answer) => Promise.race([answer, over.then(() => Promise.reject(late(service, ms)))])
}

function late(service: string, ms: number): AppError {
  return new AppError('upstream_unavailable', `The ${service} service did not answer within ${ms} ms.`, {
    details: { service },
    retryAfter: 2,
  })
}

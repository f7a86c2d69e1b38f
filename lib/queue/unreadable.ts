/** Jobs written by a newer version of this code: they are left alone until a process that can read them comes by. */
import { AppError } from '#lib/errors'

export function unreadable(what: string, cause: unknown): AppError {
  const message = `${what} was written by another version of Coxswain, which this one cannot read. Repeat the request.`
  return new AppError('unavailable', message, { cause, retryAfter: 30, details: { unreadable: true } })
}

export function isUnreadable(error: unknown): boolean {
  return error instanceof AppError && error.details['unreadable'] === true
}

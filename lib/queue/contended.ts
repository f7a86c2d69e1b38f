/** The answer when several callers change one thing at once and none gets through. */
import { AppError } from '#lib/errors'

export function contended(): AppError {
  return new AppError('unavailable', 'The issue is being changed by several callers at once. Repeat the request.', {
    retryAfter: 1,
  })
}

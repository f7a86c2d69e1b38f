/** Every request that no route takes: the same kind of answer as everywhere. */
import { AppError } from '#lib/errors'
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'
import { methodNotAllowed, methodsOf } from '#lib/http/routes'

export const handler = api({ scope: 'open' }, ({ event }) => {
  const { method } = event.requestContext.http
  const allowed = methodsOf(event.rawPath)
  if (allowed.length === 0)
    throw new AppError('not_found', 'There is no such path. GET /docs shows those that there are.')
  // No header of CORS: a page of another origin may not call, and its browser is not told otherwise.
  if (method === 'OPTIONS') return answer(204, undefined, { allow: allowed.join(', ') })
  throw methodNotAllowed(method, allowed)
})

/** Every path that is no route: the same kind of answer as everywhere. */
import { AppError } from '#lib/errors'
import { api } from '#lib/http/api'

export const handler = api({ scope: 'open' }, ({ event }) => {
  throw new AppError(
    'not_found',
    `There is no ${event.requestContext.http.method} route of this path. GET /health is one.`,
  )
})

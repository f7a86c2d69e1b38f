/** Which methods a path takes, and the refusal of all others. */
import { AppError } from '#lib/errors'
import type { Middleware } from './exchange.ts'
import { ROUTES } from './route-table.ts'

const TEMPLATES = ROUTES.map((route) => {
  const [method = '', path = ''] = route.split(' ')
  return { method, segments: path.split('/') }
})

/** The methods of the routes that `path` fits, in the order of the alphabet; none when it fits no route. */
export function methodsOf(path: string): readonly string[] {
  const segments = path.split('/')
  const fitting = TEMPLATES.filter((template) => fits(template.segments, segments))
  return [...new Set(fitting.map(({ method }) => method))].toSorted()
}

/** A parameter stands for one segment that is not empty, as it does for API Gateway. */
function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, at) => part === segments[at] || (part.startsWith('{') && segments[at] !== ''))
  )
}

/** The 405 of a path that takes these methods; its answer names them in `Allow`. */
export function methodNotAllowed(method: string, allowed: readonly string[]): AppError {
  const list = allowed.join(', ')
  return new AppError('method_not_allowed', `This path takes no ${method}. It takes ${list}.`, { details: { allowed } })
}

/**
 * Refuses a method that is not the route's. API Gateway never hands one over; serverless-offline hands HEAD to the routes
 * of GET, of which some change something.
 */
export function ownMethod(): Middleware {
  return {
    before: ({ event: { routeKey, rawPath, requestContext } }) => {
      const [own = '', path] = routeKey.split(' ')
      const { method } = requestContext.http
      if (path !== undefined && own !== method) throw methodNotAllowed(method, methodsOf(rawPath))
    },
  }
}

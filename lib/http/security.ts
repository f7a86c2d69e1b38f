/** Headers that make an answer harmless in a browser: nothing is sniffed, stored, framed or run. */
import { type Middleware, withHeaders } from './exchange.ts'

/** A handler that serves a page sets its own `content-security-policy` and `cache-control`; these are for the rest. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
} as const

export function security(): Middleware {
  return { after: secure, onError: secure }
}

const secure: NonNullable<Middleware['after']> = (request) => {
  if (request.response) request.response = withHeaders(request.response, HEADERS)
}

/** Refusals in GitHub's shape, thrown from wherever the reason is found. */
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** One wrong field as GitHub reports it. */
export interface FieldProblem {
  readonly resource: string
  readonly field?: string
  readonly code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom'
  readonly message?: string
}

interface RefusalOptions {
  readonly errors?: readonly FieldProblem[] | readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly documentation?: string
  /** Where the thing is now, for a 301. */
  readonly url?: string
}

const DOCUMENTATION = 'https://docs.github.com/rest'

export function refuse(status: ContentfulStatusCode, message: string, options: RefusalOptions = {}): HTTPException {
  const { errors, headers = {}, documentation = DOCUMENTATION, url } = options
  const place = url === undefined ? {} : { url }
  const body = {
    message,
    ...(errors && { errors }),
    ...place,
    documentation_url: documentation,
    status: String(status),
  }
  const res = Response.json(body, {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  })
  return new HTTPException(status, { message, res })
}

export const notFound = (): HTTPException => refuse(404, 'Not Found')

export const invalid = (...errors: readonly FieldProblem[]): HTTPException =>
  refuse(422, 'Validation Failed', { errors })

/** Both of GitHub's secondary limits and its abuse detection speak like this. */
export const secondaryLimit = (retryAfter: number): HTTPException =>
  refuse(
    403,
    'You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.',
    {
      headers: { 'retry-after': String(retryAfter) },
      documentation: `${DOCUMENTATION}/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits`,
    },
  )

/** What GitHub's edge writes into its page when it limits before the API is reached. */
export const SECONDARY_PAGE =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again; in some cases this may take up to an hour.'

/** A refusal as a web page, as GitHub's edge gives it out. */
export function webPage(
  status: ContentfulStatusCode,
  message: string,
  headers: Readonly<Record<string, string>>,
): HTTPException {
  const html = `<!DOCTYPE html>
<html>
  <head>
    <meta charset="utf-8">
    <title>Rate limit &middot; GitHub</title>
    <style>body { background-color: #f6f8fa; font-family: sans-serif }</style>
  </head>
  <body>
    <div class="container"><h1>Whoa there!</h1><p>${message}</p></div>
  </body>
</html>
`
  const res = new Response(html, { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers } })
  return new HTTPException(status, { message, res })
}

export const primaryLimit = (user: string): HTTPException =>
  refuse(403, `API rate limit exceeded for user ${user}.`, {
    documentation: `${DOCUMENTATION}/overview/rate-limits-for-the-rest-api`,
  })

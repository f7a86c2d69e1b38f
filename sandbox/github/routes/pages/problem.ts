/** Refusals as a person reads them: the sentence on a page, in the place of GitHub's JSON. */
import type { Context } from 'hono'
import type { HTTPException } from 'hono/http-exception'
import * as z from 'zod'
import { PAGE_HEADERS } from '../../views/pages/layout.ts'
import { problemPage } from '../../views/pages/other.ts'

/** GitHub's shape of an error, as far as a page shows it. */
const refusal = z.object({
  message: z.string(),
  errors: z
    .array(
      z.union([
        z.string(),
        z.object({ field: z.string().optional(), code: z.string(), message: z.string().optional() }),
      ]),
    )
    .default([]),
})

/** Statuses that a page has words for. */
const STATUSES = [400, 403, 404, 405, 409, 413, 415, 422] as const

export function statusOf(error: HTTPException): (typeof STATUSES)[number] {
  return STATUSES.find((status) => status === error.status) ?? 422
}

/** The sentence, with what is wrong about which field. */
export async function complaintOf(error: HTTPException): Promise<string> {
  const answer = refusal.safeParse(
    await error
      .getResponse()
      .clone()
      .json()
      .catch(() => undefined),
  )
  if (!answer.success) return error.message
  const { message, errors } = answer.data
  const details = errors.map((one) =>
    typeof one === 'string' ? one : (one.message ?? `${one.field ?? 'It'} is ${one.code.replaceAll('_', ' ')}`),
  )
  return details.length === 0 ? message : `${message}: ${details.join('; ')}.`
}

/** Paths of the API, of git and of tests: programs read their answers. */
const FOR_PROGRAMS = /^\/(?:repos|repositories|graphql|user|rate_limit|app|_stand_in)(?:\/|$)|\.git(?:\/|$)/

/** A browser that opened a page, as its `accept` says. */
export function wantsPage(c: Context): boolean {
  return !FOR_PROGRAMS.test(c.req.path) && (c.req.header('accept') ?? '').includes('text/html')
}

/** `answer` as a page of the same status; where it leads on (a renamed repository) it stays as it is. */
export async function asPage(answer: Response): Promise<Response> {
  if (answer.headers.has('location')) return answer
  const message = refusal.safeParse(await answer.json().catch(() => undefined)).data?.message ?? 'Server Error'
  const headers = { ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8' }
  return new Response(String(await problemPage(answer.status, message)), { status: answer.status, headers })
}

/** Calls of Coxswain's HTTP API, each with a deadline; what is refused is said with what to do about it. */
import * as z from 'zod/mini'
import { AppError, type ErrorCode, HTTP_STATUS } from '#lib/errors'
import { howToGet, type Place, type Scope } from './place.ts'

export interface Call {
  readonly method?: 'GET' | 'POST'
  /** None for an open route. */
  readonly scope?: Scope
  readonly query?: Readonly<Record<string, string | undefined>>
  /** Statuses besides 2xx whose body is an answer. */
  readonly alsoFine?: readonly number[]
}

export interface Api {
  readonly url: string
  /** Throws AppError with the problem's detail, `unavailable` when nothing answers. */
  call<T>(path: string, schema: z.ZodMiniType<T>, call?: Call): Promise<T>
}

/** A function may run for 29 seconds before the gateway gives it up. */
const PATIENCE_MS = 35_000

const problem = z.object({
  detail: z.string(),
  code: z.optional(z.string()),
  errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
})

export function createApi(place: Place): Api {
  async function call<T>(path: string, schema: z.ZodMiniType<T>, given: Call = {}): Promise<T> {
    const { method = 'GET', scope, query = {}, alsoFine = [] } = given
    const url = new URL(`${place.url}${path}`)
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
    const headers = scope === undefined ? {} : { authorization: `Bearer ${place.token(scope)}` }
    const { answer, body } = await reach(url, { method, headers })
    if (!answer.ok && !alsoFine.includes(answer.status)) throw refusalOf(answer, body, { place, method, path, scope })
    const read = z.safeParse(schema, body)
    if (read.success) return read.data
    throw new AppError(
      'upstream_unavailable',
      `${method} ${path} of ${place.url} answers otherwise than this version expects. ${place.advice}`,
    )
  }

  async function reach(url: URL, init: RequestInit): Promise<{ answer: Response; body: unknown }> {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS)
      const answer = await fetch(url, { ...init, signal, redirect: 'manual' })
      return { answer, body: parsed(await answer.text()) }
    } catch (cause) {
      const reason = reasonOf(cause)
      throw new AppError('upstream_unavailable', `Nothing answers at ${place.url} (${reason}). ${place.advice}`, {
        cause,
      })
    }
  }

  return { url: place.url, call }
}

interface Asked {
  readonly place: Place
  readonly method: string
  readonly path: string
  readonly scope: Scope | undefined
}

function refusalOf(answer: Response, body: unknown, { place, method, path, scope }: Asked): AppError {
  const read = z.safeParse(problem, body)
  if (!read.success) {
    const what = `${method} ${path} of ${place.url} answers ${answer.status} without saying why.`
    return new AppError('upstream_unavailable', `${what} Is that the address of a Coxswain?`)
  }
  const { detail, code = '', errors = [] } = read.data
  const fields = errors
    .filter(({ message }) => !detail.includes(message))
    .map(({ path: at, message }) => `${at} ${message}`)
  const sentences = [detail, ...(fields.length === 0 ? [] : [`${fields.join('; ')}.`]), ...adviceOn(answer, scope)]
  return new AppError(isCode(code) ? code : 'upstream_unavailable', sentences.join(' '))
}

function adviceOn(answer: Response, scope: Scope | undefined): readonly string[] {
  const { status, headers } = answer
  if ((status === 401 || status === 403) && scope !== undefined) return [howToGet(scope)]
  const wait = headers.get('retry-after')
  if (wait !== null) return [`Try again in ${wait} s.`]
  const id = headers.get('x-correlation-id')
  return status >= 500 && id !== null ? [`The log has it under ${id}.`] : []
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(HTTP_STATUS, text)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What `fetch failed` hides, in a word. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return 'no answer in time'
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown
  const { code, message } = cause as { code?: unknown; message?: unknown }
  return String(code ?? message ?? cause)
}

/** The wire: one HTTP exchange with a service, bounded in time and size, whatever its status. */
import { AppError } from '#lib/errors'
import { failed, type Reason, type ServiceName } from './outcome.ts'
import { type Fetch, FORBIDDEN_ADDRESS } from './service-fetch.ts'

export interface Exchange {
  readonly service: ServiceName
  readonly method: 'GET' | 'POST' | 'PUT'
  /** The path's template, for messages. */
  readonly route: string
  readonly url: string
  readonly body?: unknown
  readonly correlationId?: string | undefined
  readonly timeoutMs: number
  /** False when the caller's deadline left it less time than such a call is given. */
  readonly hasFullTime: boolean
}

export interface Answer {
  readonly status: number
  /** The parsed JSON; undefined for an empty body. Not validated yet. */
  readonly data: unknown
  /** Seconds the service asked to be left alone. */
  readonly retryAfter?: number | undefined
}

/** No page of these services comes near; what is larger is not theirs. */
const MOST_BYTES = 1024 * 1024
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** Throws `upstream_unavailable` when there is no answer, or none that is JSON. */
export async function exchange(fetch: Fetch, call: Exchange): Promise<Answer> {
  const { service, method, url, body, correlationId, timeoutMs, hasFullTime } = call
  const route = `${method} ${call.route}`
  const signal = AbortSignal.timeout(timeoutMs)
  const late = hasFullTime ? 'timeout' : 'out_of_time'
  const headers = {
    accept: 'application/json',
    'user-agent': 'coxswain',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(correlationId !== undefined && { 'x-correlation-id': correlationId }),
  }
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  try {
    const response = await fetch(url, { method, headers, ...text, signal, redirect: 'manual' })
    const { status } = response
    const read = await readText(response)
    const data = read === undefined ? NOT_JSON : parse(read)
    // Whatever a failing server wraps around its failure, it failed.
    if (data === NOT_JSON && status < 500) throw failed({ service, route, reason: 'unreadable', status })
    return { status, data: data === NOT_JSON ? undefined : data, retryAfter: secondsOf(response.headers) }
  } catch (error) {
    if (error instanceof AppError) throw error
    throw failed({ service, route, reason: signal.aborted ? late : reasonOf(error), cause: error })
  }
}

const NOT_JSON = Symbol('not JSON')

function parse(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return NOT_JSON
  }
}

/** The body's text; undefined when it is larger than any answer may be. */
async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > MOST_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function secondsOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined
}

function reasonOf(error: unknown): Reason {
  // The global fetch hides the reason in `cause`.
  const code = codeOf(error) ?? codeOf(error instanceof Error ? error.cause : undefined)
  if (code === FORBIDDEN_ADDRESS) return 'forbidden_address'
  return NEVER_CONNECTED.has(code ?? '') ? 'no_connection' : 'cut'
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

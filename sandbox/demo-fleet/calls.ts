/** Calls of Coxswain's API and of the stand-in's, as scripts make them. */
import type * as z from 'zod'
import { systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly token: string
  readonly json?: object
}

/** A kept connection may be closed at the very moment it is used again: what only reads is tried again. */
const TRIES = { GET: 3, POST: 1, PUT: 1 }
const PAUSE_MS = 300
/** A function has 29 seconds for its answer. */
const CALL_MS = 30_000

/** Throws AppError `unavailable` unless there is a good answer. */
export async function call<T>(url: string, schema: z.ZodType<T>, { method = 'GET', token, json }: Call): Promise<T> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(json !== undefined && { 'content-type': 'application/json' }),
  }
  const answer = await reach(
    url,
    { method, headers, ...(json !== undefined && { body: JSON.stringify(json) }) },
    TRIES[method],
  )
  if (!answer.ok) {
    throw new AppError('unavailable', `${method} ${url} answered ${answer.status}: ${await answer.text()}`)
  }
  return schema.parse(await answer.json())
}

async function reach(url: string, init: RequestInit, tries: number): Promise<Response> {
  for (let tried = 1; ; tried++) {
    try {
      return await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_MS) })
    } catch (cause) {
      if (tried === tries) throw new AppError('unavailable', `${url} gives no answer: ${reasonOf(cause)}`, { cause })
      await systemSleep(PAUSE_MS)
    }
  }
}

/** What `fetch failed` hides. */
function reasonOf(thrown: unknown): string {
  return String(thrown instanceof Error ? (thrown.cause ?? thrown) : thrown)
}

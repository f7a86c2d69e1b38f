/** Calls of Coxswain's API and of the stand-in's, as scripts make them. */
import type * as z from 'zod'
import { AppError } from '#lib/errors'

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly token: string
  readonly json?: object
}

/** Throws AppError `unavailable` with the answer's status unless it is a good one. */
export async function call<T>(url: string, schema: z.ZodType<T>, { method = 'GET', token, json }: Call): Promise<T> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(json !== undefined && { 'content-type': 'application/json' }) },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })
  if (!answer.ok)
    throw new AppError('unavailable', `${method} ${url} answered ${answer.status}: ${await answer.text()}`)
  return schema.parse(await answer.json())
}

/** What the services' answers have in common: shapes that forgive, and refusals that mean something. */
import * as z from 'zod'
import { AppError } from '#lib/errors'
import type { Answer } from './wire.ts'

/** Text that may be missing. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/** An id: some services write theirs as numbers. */
export const id = z.union([z.string(), z.number()]).transform(String)

/** A count that may be missing. */
export const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0)

/** YYYY-MM-DD, of a date or a time. */
export const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}/)
  .transform((value) => value.slice(0, 10))

const refusal = z.object({ detail: z.unknown() })

/** What a refusal says of itself, empty when it says nothing. */
export function detailOf({ data }: Answer): string {
  const read = refusal.safeParse(data)
  return read.success && typeof read.data.detail === 'string' ? read.data.detail : ''
}

/** The services' web framework says this of a path it does not know: the base address is wrong, nothing is known of the thing. */
const NO_SUCH_ROUTE = 'Not Found'

/** For lists: 404 means that there is nothing yet, unless it is the route that is missing. */
export function none<T>(nothing: T): (answer: Answer) => T | undefined {
  return (answer) => (answer.status === 404 && detailOf(answer) !== NO_SUCH_ROUTE ? nothing : undefined)
}

/** For things by name: 404 means that it does not exist. */
export function missing(what: string): (answer: Answer) => undefined {
  return ({ status }) => {
    if (status === 404) throw new AppError('not_found', `There is no ${what}.`)
  }
}

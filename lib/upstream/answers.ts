/**
 * What the services' answers have in common: shapes that forgive, and refusals that mean something. A field of an
 * unexpected shape costs that field, an entry without its id costs that entry; the rest of the answer counts.
 */
import * as z from 'zod'
import { AppError } from '#lib/errors'
import type { Answer } from './wire.ts'

/** Text that may be missing. */
export const text = z
  .string()
  .nullish()
  .catch(undefined)
  .transform((value) => value ?? '')

/** An id: some services write theirs as numbers. What has none cannot be referred to. */
export const id = z.union([z.string().min(1), z.number()]).transform(String)

/** A number that may be missing. */
export const maybeNumber = z
  .number()
  .nullish()
  .catch(undefined)
  .transform((value) => value ?? null)

/** A count that may be missing. */
export const count = maybeNumber.transform((value) => value ?? 0)

/** YYYY-MM-DD, of a date or a time; empty when it is missing. */
export const day = text.transform((value) => (/^\d{4}-\d{2}-\d{2}/.test(value) ? value.slice(0, 10) : ''))

/** A list without the entries that cannot be read; one of which none can be read is of another shape. */
export function listOf<T>(entry: z.ZodType<T>) {
  return z.array(z.unknown()).transform((list, context): T[] => {
    const read = list.flatMap((one) => {
      const { success, data } = entry.safeParse(one)
      return success ? [data] : []
    })
    if (list.length > 0 && read.length === 0) context.addIssue('No entry can be read.')
    return read
  })
}

/** A list that may be missing. */
export function maybeListOf<T>(entry: z.ZodType<T>) {
  return listOf(entry).catch(() => [])
}

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

/** What a schema says of its variable: asked of the schema itself, so that the page and the program cannot differ. */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod/mini'

export interface Described {
  /** The text that means the same as an unset variable; empty when unset means that there is none. */
  readonly fallback: string
  readonly isRequired: boolean
  /** What a value must be; empty for any text. */
  readonly must: string
}

/** Texts that are wrong for everything but free text: no number, below every bound, above every bound. */
const WRONG = ['\0', '-1', '1e99']

export function describe(schema: z.core.$ZodType): Described {
  const unset = z.safeParse(schema, undefined)
  const complaints = WRONG.flatMap((text) => z.safeParse(schema, text).error?.issues ?? [])
  const rules = complaints.map(({ message }) => message.replace(/^must be (an? )?/, ''))
  return {
    fallback: unset.success ? textOf(unset.data, schema) : '',
    isRequired: !unset.success,
    must: [...new Set(rules)].join(', '),
  }
}

/** `value` as the schema would read it. */
function textOf(value: unknown, schema: z.core.$ZodType): string {
  if (value === undefined || isEmpty(value)) return ''
  const forms = [String(value), JSON.stringify(value)]
  const form = forms.find((text) => isDeepStrictEqual(z.safeParse(schema, text).data, value))
  if (form === undefined) throw new Error(`No text means ${JSON.stringify(value)} to its schema.`)
  return form
}

function isEmpty(value: unknown): boolean {
  if (value instanceof Map) return value.size === 0
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** What a form of a page sends: its fields, and the word that only pages of this start know. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { refuse } from '../../http/answers.ts'
import type { Call } from '../../world.ts'

export type Fields = Readonly<Record<string, string>>

const FORM = 'application/x-www-form-urlencoded'
/** The longest text that GitHub takes, percent-encoded, and the rest of the form. */
const MOST_BYTES = 1024 * 1024

/** Throws 415, 413 and 403 for what no form of ours sends. */
export async function readForm(c: Call, word: string): Promise<Fields> {
  if (!(c.req.header('content-type') ?? '').toLowerCase().startsWith(FORM)) {
    throw refuse(415, `Forms are sent as ${FORM}. Programs use the API under /repos.`)
  }
  if (Number(c.req.header('content-length') ?? 0) > MOST_BYTES) throw tooLong()
  const text = await c.req.text()
  if (text.length > MOST_BYTES) throw tooLong()
  const fields = Object.fromEntries(new URLSearchParams(text))
  if (!isSame(fields['word'] ?? '', word)) {
    throw refuse(403, 'This form is of an earlier start, or of another page. Load the page again and repeat.')
  }
  return fields
}

const tooLong = () => refuse(413, 'The form is too long. Shorten its text.')

const isSame = (given: string, wanted: string) => timingSafeEqual(digest(given), digest(wanted))
const digest = (text: string) => createHash('sha256').update(text).digest()

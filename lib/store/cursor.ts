/** Opaque cursors of paged lists: where a query stopped, sealed so that a client cannot read another partition. */
import { AppError } from '#lib/errors'

export type Cursor = string

export function encodeCursor(key: { readonly pk: string; readonly sk: string }): Cursor {
  return Buffer.from(JSON.stringify([key.pk, key.sk])).toString('base64url')
}

/** The key to go on from. Throws `invalid` when the cursor is not one of this list (`pk`). */
export function decodeCursor(cursor: Cursor, pk: string): { pk: string; sk: string } {
  const parts = parse(cursor)
  const [first, second] = Array.isArray(parts) ? parts : []
  if (first !== pk || typeof second !== 'string' || second === '') {
    const message = 'This cursor is not one of this list. Use the next_cursor of an earlier answer, or leave it out.'
    throw new AppError('invalid', message, { errors: [{ path: 'cursor', message }] })
  }
  return { pk, sk: second }
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

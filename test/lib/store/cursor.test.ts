import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/errors'
import { decodeCursor, encodeCursor } from '#lib/store/cursor'

const anyText = fc.string({ unit: 'grapheme', minLength: 1 })

describe('a cursor', () => {
  it('leads back to the key it was made of, in its own list only', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (pk, sk, other) => {
        expect(decodeCursor(encodeCursor({ pk, sk }), pk)).toEqual({ pk, sk })
        if (other !== pk) expect(() => decodeCursor(encodeCursor({ pk, sk }), other)).toThrow(AppError)
      }),
    )
  })

  it('that was never made here is invalid, never a crash', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json().map(toBase64)), (text) => {
        expect(() => decodeCursor(text, 'a list')).toThrow(
          expect.objectContaining({ code: 'invalid', errors: [expect.objectContaining({ path: 'cursor' })] }),
        )
      }),
    )
  })
})

const toBase64 = (text: string) => Buffer.from(text).toString('base64url')

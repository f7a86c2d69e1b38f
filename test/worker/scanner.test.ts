/** Secrets are found in whatever form and in whatever pieces they pass by, and nothing else is. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMask } from '#worker/mask'
import { formsOf } from '#worker/secrets/needles'
import { createScanner } from '#worker/secrets/scanner'

const SECRET = 'Zq7-kLm2_pRt9.wXy4+vB'
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array))
/** Text that cannot make up a part of the secret by chance. */
const words = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '"', ':'), maxLength: 60 })

function finds(text: Buffer, cuts: readonly number[]): boolean {
  const scanner = createScanner(formsOf([SECRET]))
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length]
  for (let piece = 1; piece < at.length; piece += 1) scanner.write(text.subarray(at[piece - 1], at[piece]))
  return scanner.found()
}

const cuts = fc.array(fc.nat(1000), { maxLength: 5 })

describe('the search for secrets in passing bytes', () => {
  it.each([
    ['as they are', (before: Buffer, after: Buffer) => Buffer.concat([before, Buffer.from(SECRET), after])],
    [
      'within base64',
      (before: Buffer, after: Buffer) =>
        Buffer.from(Buffer.concat([before, Buffer.from(SECRET), after]).toString('base64')),
    ],
    [
      'within base64url of many lines',
      (before: Buffer, after: Buffer) => {
        const text = Buffer.concat([before, Buffer.from(SECRET), after]).toString('base64url')
        return Buffer.from(text.replace(/.{7}/g, '$&\n'))
      },
    ],
    [
      'within hexadecimal',
      (before: Buffer, after: Buffer) =>
        Buffer.from(Buffer.concat([before, Buffer.from(SECRET), after]).toString('hex')),
    ],
  ])('finds them %s, however the bytes are cut', (_, written) => {
    fc.assert(fc.property(bytes, bytes, cuts, (before, after, at) => finds(written(before, after), at)))
  })

  it('finds none where there is none', () => {
    fc.assert(fc.property(bytes, cuts, (text, at) => !finds(text, at)))
  })
})

describe('the mask', () => {
  it('leaves no part of a secret that was split, and all of the text around it', () => {
    const between = fc.constantFrom(' ', '\n', '" + "', '\\\n', '\t')
    fc.assert(
      fc.property(words, words, between, fc.integer({ min: 1, max: SECRET.length - 1 }), (before, after, gap, at) => {
        const masked = createMask([SECRET])(`${before}:${SECRET.slice(0, at)}${gap}${SECRET.slice(at)}:${after}`)
        expect(masked).toBe(`${before}:***:${after}`)
      }),
    )
  })

  it('changes nothing of a text without secrets', () => {
    fc.assert(fc.property(words, (text) => createMask([SECRET])(text) === text))
  })
})

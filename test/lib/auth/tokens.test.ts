import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bearerOf,
  digestOf,
  formatToken,
  judgeToken,
  parseDevTokens,
  readToken,
  type TokenRecord,
} from '#lib/auth/tokens'

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))
const anId = hex(16)
const aSecret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url'))

const aRecord = (secret: string, more: Partial<TokenRecord> = {}): TokenRecord => ({
  id: 'a',
  digest: digestOf(secret),
  scopes: ['worker'],
  owner: 'w1',
  created_at: 0,
  ...more,
})

describe('an Authorization header', () => {
  it('gives back any token it was made with, however the scheme is spelt', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9._~+/=-]{1,512}$/)
    fc.assert(
      fc.property(
        token,
        fc.constantFrom('Bearer', 'bearer', 'BEARER'),
        fc.integer({ min: 1, max: 3 }),
        (text, scheme, gap) => {
          expect(bearerOf(`${scheme}${' '.repeat(gap)}${text}`)).toBe(text)
        },
      ),
    )
  })

  it('of any other form gives nothing, quickly', () => {
    const pieces = fc.constantFrom(
      'Bearer',
      'bearer ',
      ' ',
      'Basic abc',
      ',',
      '\t',
      '\u0000',
      'ä',
      'x',
      '"',
      '\n',
      'a'.repeat(600),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces).map((all) => all.join('')),
        ),
        (header) => {
          const token = bearerOf(header)
          if (token !== undefined) expect(token).toMatch(/^[A-Za-z0-9._~+/=-]{1,512}$/)
        },
      ),
    )
    for (const header of [
      '',
      'Bearer',
      'Bearer ',
      'Bearer a b',
      'Bearer a, Bearer b',
      'Basic YTpi',
      'xBearer a',
      `Bearer ${'a'.repeat(513)}`,
    ]) {
      expect(bearerOf(header)).toBeUndefined()
    }
  })
})

describe('a token', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(anId, aSecret, (id, secret) => {
        expect(readToken(formatToken({ id, secret }))).toEqual({ id, secret })
      }),
    )
  })

  it('of foreign form is found by its digest, never under an own id', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const { id, secret } = readToken(text)
        expect(secret).toBe(text)
        expect(id).toMatch(/^dev-[0-9a-f]{16}$/)
        expect(id).not.toContain(text.length > 8 ? text : '\u0000')
      }),
    )
  })

  it('counts for its own secret and no other', () => {
    fc.assert(
      fc.property(aSecret, aSecret, (secret, other) => {
        fc.pre(secret !== other)
        expect(judgeToken(aRecord(secret), { id: 'a', secret }, 0)).toMatchObject({ kind: 'known', owner: 'w1' })
        expect(judgeToken(aRecord(secret), { id: 'a', secret: other }, 0)).toEqual({
          kind: 'refused',
          problem: 'unknown',
        })
        expect(judgeToken(undefined, { id: 'a', secret }, 0)).toEqual({ kind: 'refused', problem: 'unknown' })
      }),
    )
  })

  it('is unknown when its record is damaged', () => {
    for (const digest of ['', 'zz', digestOf('s').slice(2)]) {
      expect(judgeToken(aRecord('s', { digest }), { id: 'a', secret: 's' }, 0)).toMatchObject({ problem: 'unknown' })
    }
  })

  it('ends at its expiry and at its revocation, which only its holder is told', () => {
    const expiring = aRecord('s', { expires_at: 100 })
    const revoked = aRecord('s', { revoked_at: 50, expires_at: 60 })
    expect(judgeToken(expiring, { id: 'a', secret: 's' }, 99)).toMatchObject({ kind: 'known' })
    expect(judgeToken(expiring, { id: 'a', secret: 's' }, 100)).toMatchObject({ problem: 'expired' })
    expect(judgeToken(revoked, { id: 'a', secret: 's' }, 99)).toMatchObject({ problem: 'revoked' })
    expect(judgeToken(revoked, { id: 'a', secret: 'guess' }, 99)).toMatchObject({ problem: 'unknown' })
  })
})

describe('COXSWAIN_TOKENS', () => {
  it('names a token for each scope', () => {
    const tokens = parseDevTokens('reader=r-1, worker=w=, operator=o.o')
    expect([...tokens]).toEqual([
      ['reader', 'r-1'],
      ['worker', 'w='],
      ['operator', 'o.o'],
    ])
    expect(parseDevTokens('').size).toBe(0)
  })

  it.each(['reader', 'admin=swordfish', '=swordfish', 'reader=sword fish', 'worker=swordfish;x', 'reader='])(
    'is refused as %j without quoting a token',
    (text) => {
      let message = 'accepted'
      try {
        parseDevTokens(text)
      } catch (error) {
        message = String(error)
      }
      expect(message).toContain('reader=<token>,worker=<token>,operator=<token>')
      expect(message).not.toMatch(/sword/)
    },
  )
})

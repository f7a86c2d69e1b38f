import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BODY_MAX_BYTES, jsonBody, rawBody } from '#lib/http/body'
import { aRequest } from '#test/helpers/http'

const jsonOf = (body: string, headers: Record<string, string> = {}, base64 = false) =>
  jsonBody(aRequest({ body, headers, base64 }))

/** A JSON text of exactly this many bytes. */
const ofBytes = (bytes: number, filler = 'x') => {
  const room = bytes - 2
  const size = Buffer.byteLength(filler)
  return `"${filler.repeat(Math.floor(room / size))}${'x'.repeat(room % size)}"`
}

describe('the body of a request', () => {
  it('is the same sent plainly or as base64', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string()), (value) => {
        const text = JSON.stringify({ ...value })
        expect(jsonOf(text, {}, true)).toEqual(jsonOf(text))
      }),
    )
  })

  it('may be 256 KB and not a byte more, counted in bytes, also as base64', () => {
    for (const base64 of [false, true]) {
      expect(jsonOf(ofBytes(BODY_MAX_BYTES), {}, base64)).toHaveLength(BODY_MAX_BYTES - 2)
      expect(() => jsonOf(ofBytes(BODY_MAX_BYTES, '€'), {}, base64)).not.toThrow()
      expect(() => jsonOf(ofBytes(BODY_MAX_BYTES + 1, '€'), {}, base64)).toThrow(
        expect.objectContaining({ code: 'too_large' }),
      )
    }
    expect(() => jsonOf('x'.repeat(6_000_000))).toThrow(expect.objectContaining({ code: 'too_large' }))
  })

  it('keeps its bytes for signatures', () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128])
    expect(rawBody({ body: bytes.toString('base64'), isBase64Encoded: true })).toEqual(bytes)
  })

  it('counts as an empty object when there is none', () => {
    expect(jsonBody(aRequest())).toEqual({})
    expect(jsonOf('')).toEqual({})
    expect(jsonOf(' \n')).toEqual({})
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/merge-patch+json',
    '',
  ])('is read as %j', (type) => {
    expect(jsonOf('{"a":1}', { 'content-type': type })).toEqual({ a: 1 })
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonp',
    'xapplication/json',
  ])('is refused as %j', (type) => {
    expect(() => jsonOf('{"a":1}', { 'content-type': type })).toThrow(
      expect.objectContaining({ code: 'unsupported_media_type' }),
    )
  })

  it('is refused when it is not UTF-8', () => {
    const event = {
      ...aRequest({ body: 'x' }),
      body: Buffer.from([0x22, 0xff, 0x22]).toString('base64'),
      isBase64Encoded: true,
    }
    expect(() => jsonBody(event)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

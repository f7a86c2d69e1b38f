import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSeal, type Seal } from '#lib/auth/seal'
import { minutes, seconds } from '#lib/clock'

const NOW = Date.parse('2026-01-05T09:00:00Z')
const caller = { token_id: 't1', owner: 'w1', scopes: 'worker' }

function aSeal(key = 'a key'): Seal {
  const seal = createSeal(key)
  if (seal === undefined) throw new Error('A key makes a seal.')
  return seal
}

describe('a sealed caller', () => {
  const context = { ...caller, ...aSeal().ofCaller(caller, NOW) }

  it('is believed for a minute', () => {
    expect(aSeal().provesCaller(context, NOW)).toBe(true)
    expect(aSeal().provesCaller({ ...context, jwt: {} }, NOW + seconds(60))).toBe(true)
    expect(aSeal().provesCaller(context, NOW + seconds(61))).toBe(false)
    expect(aSeal().provesCaller(context, NOW - minutes(2))).toBe(false)
  })

  it.each([
    ['another scope', { scopes: 'operator' }],
    ['another owner', { owner: '*' }],
    ['another token', { token_id: 't2' }],
    ['a later time', { sealed_at: String(NOW + 1) }],
    ['no time', { sealed_at: undefined }],
    ['no seal', { seal: undefined }],
    ['an empty seal', { seal: '' }],
    ['a seal that is no text', { seal: 7 }],
  ])('is not believed with %s', (_what, change) => {
    expect(aSeal().provesCaller({ ...context, ...change }, NOW)).toBe(false)
  })

  it('is not believed under another key, or with members run together', () => {
    expect(aSeal('another key').provesCaller(context, NOW)).toBe(false)
    const moved = { ...context, token_id: 't', owner: '1w1' }
    expect(aSeal().provesCaller(moved, NOW)).toBe(false)
  })

  it('does not pass for an event', () => {
    const { seal, sealed_at } = aSeal().ofCaller(caller, NOW)
    const { token_id, owner, scopes } = caller
    expect(aSeal().provesEvent('', [token_id, owner, scopes, sealed_at], seal)).toBe(false)
  })
})

describe('a sealed event', () => {
  it('is believed by the one function that it was sealed for, after its way as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (event) => {
        const seal = aSeal().ofEvent('poll', event)
        const arrived = JSON.parse(JSON.stringify(event))
        expect(aSeal().provesEvent('poll', arrived, seal)).toBe(true)
        expect(aSeal().provesEvent('flush', arrived, seal)).toBe(false)
        expect(aSeal().provesEvent('poll', { other: arrived }, seal)).toBe(false)
        expect(aSeal('another key').provesEvent('poll', arrived, seal)).toBe(false)
      }),
    )
  })
})

describe('without a key', () => {
  it('nothing is sealed', () => {
    expect(createSeal(undefined)).toBeUndefined()
  })
})

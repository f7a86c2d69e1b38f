import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { leaseEnd, pulseOf } from '#worker/lease'

const at = Date.parse('2026-01-31T08:00:00Z')

describe('the end of a lease by our own clock', () => {
  it('is what the server says while the clocks agree', () => {
    const exchange = { serverTime: at, sentAt: at + 300, receivedAt: at + 900 }
    expect(leaseEnd(at + minutes(10), exchange)).toBe(at + minutes(10))
  })

  it.each([-5, 5])('is put right when our clock is %d minutes off, and never late', (off) => {
    const server = at + 700
    const ours = server + minutes(off)
    const end = leaseEnd(server + minutes(10), { serverTime: at, sentAt: ours, receivedAt: ours + 50 })

    expect(end).toBeLessThanOrEqual(ours + minutes(10))
    expect(end).toBeGreaterThan(ours + minutes(10) - seconds(2))
  })

  it('is what the server says when it tells no time', () => {
    expect(leaseEnd(at, { serverTime: Number.NaN, sentAt: 0, receivedAt: 1 })).toBe(at)
  })
})

describe('the pulse of a lease', () => {
  it('is a third of what is left', () => expect(pulseOf(at + minutes(9), at).every).toBe(minutes(3)))

  it('stops the command early enough that it is dead when the lease ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e7 }), (left) => {
        const { every, stopAt, grace } = pulseOf(at + left, at)
        expect(stopAt + grace).toBeLessThanOrEqual(at + Math.max(0, left) + 0.001)
        expect(every).toBeLessThanOrEqual(stopAt - at)
      }),
    )
  })
})

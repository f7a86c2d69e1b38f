import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakeTime } from '#test/helpers/worker/time'
import { backoff, pause } from '#worker/retry'

describe('a backoff', () => {
  it('stays between half the first wait and the longest, and never below what was asked', () => {
    const failures = fc.integer({ min: 1, max: 1e6 })
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(failures, chance, fc.integer({ min: 0, max: 3600 }), (count, luck, retryAfter) => {
        const wait = backoff(count, () => luck, { first: 1000, longest: 30_000, retryAfter })
        expect(wait).toBeGreaterThanOrEqual(Math.max(500, retryAfter * 1000))
        expect(wait).toBeLessThanOrEqual(Math.max(30_000, retryAfter * 1100))
      }),
    )
  })
})

describe('a pause', () => {
  it('ends with its time or with its signal', async () => {
    const time = fakeTime()
    const stop = new AbortController()
    const ends: string[] = []
    void pause(time.sleep, 100, new AbortController().signal).then(() => ends.push('time'))
    void pause(time.sleep, 1e9, stop.signal).then(() => ends.push('signal'))

    await time.advance(100)
    expect(ends).toEqual(['time'])
    stop.abort()
    await time.advance(0)
    expect(ends).toEqual(['time', 'signal'])
  })

  it('does not begin when its signal was given already', async () => {
    await pause(() => new Promise(() => undefined), 100, AbortSignal.abort())
  })
})

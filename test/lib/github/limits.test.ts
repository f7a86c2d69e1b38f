import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hours, minutes, seconds } from '#lib/clock'
import { closedUntil, isLimitRefusal, readRateLimit } from '#lib/github/limits'

const NOW = Date.parse('2026-03-02T08:00:00Z')
const DATE = new Date(NOW).toUTCString()

describe('the instant GitHub names', () => {
  it('is none while requests are left', () => {
    const headers = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4999',
      'x-ratelimit-reset': `${NOW / 1000 + 60}`,
    }
    expect(closedUntil({ status: 200, headers, message: '' }, NOW)).toBeUndefined()
  })

  it.each([403, 429, 503])('is what retry-after says on a %i', (status) => {
    expect(closedUntil({ status, headers: { 'retry-after': '30' }, message: '' }, NOW)).toBe(NOW + seconds(30))
  })

  it('may be written as a date', () => {
    const headers = { date: DATE, 'retry-after': new Date(NOW + seconds(45)).toUTCString() }
    expect(closedUntil({ status: 429, headers, message: '' }, NOW)).toBe(NOW + seconds(45))
  })

  it('is the reset of a spent hour, measured on GitHub’s clock', () => {
    const headers = {
      date: DATE,
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': `${NOW / 1000 + 600}`,
    }
    const ahead = NOW + minutes(5)
    expect(closedUntil({ status: 200, headers, message: '' }, ahead)).toBe(ahead + minutes(10))
    const { date: _, ...undated } = headers
    expect(closedUntil({ status: 403, headers: undated, message: '' }, NOW)).toBe(NOW + minutes(10))
  })

  it('is the later of two', () => {
    const headers = {
      date: DATE,
      'retry-after': '5',
      'x-ratelimit-limit': '60',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': `${NOW / 1000 + 600}`,
    }
    expect(closedUntil({ status: 429, headers, message: '' }, NOW)).toBe(NOW + minutes(10))
  })

  it('is a minute away when a secondary limit names none', () => {
    const message = 'You have exceeded a secondary rate limit.'
    expect(closedUntil({ status: 403, headers: {}, message }, NOW)).toBe(NOW + minutes(1))
    expect(closedUntil({ status: 429, headers: {}, message: '' }, NOW)).toBe(NOW + minutes(1))
  })

  it('is none for a plain refusal', () => {
    expect(closedUntil({ status: 403, headers: {}, message: 'Resource not accessible' }, NOW)).toBeUndefined()
    expect(isLimitRefusal({ status: 403, headers: {}, message: 'Resource not accessible' })).toBe(false)
  })

  it('is never past and never more than a day away, whatever the headers say', () => {
    const text = fc.oneof(
      fc.string(),
      fc.nat().map(String),
      fc.constant('99999999999'),
      fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
    )
    const headers = fc.record(
      {
        date: text,
        'retry-after': text,
        'x-ratelimit-limit': text,
        'x-ratelimit-remaining': fc.constantFrom('0', '1'),
        'x-ratelimit-reset': text,
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(headers, fc.constantFrom(200, 304, 403, 429, 500), (sent, status) => {
        const until = closedUntil({ status, headers: sent, message: '' }, NOW) ?? NOW
        expect(until).toBeGreaterThanOrEqual(NOW)
        expect(until).toBeLessThanOrEqual(NOW + hours(24))
      }),
    )
  })

  it('ignores the figures of other resources', () => {
    const headers = {
      'x-ratelimit-limit': '30',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1',
      'x-ratelimit-resource': 'search',
    }
    expect(readRateLimit({ headers })).toBeUndefined()
  })
})

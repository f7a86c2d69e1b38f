import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSchedule, isTimeZone, missedRuns, nextRun } from '#lib/projects/schedule'

const at = (text: string) => Date.parse(text)

describe('a schedule', () => {
  it.each(['0 14 * * 1-5', '*/5 * * * MON-FRI', '0-30/10 8,12 1 JAN-MAR *', '0 0 * * 0', '0 0 29 2 *'])(
    'may be %s',
    (text) => expect(isSchedule(text)).toBe(true),
  )

  it.each([
    '',
    '0 14 * *',
    '0 0 14 * * 1',
    '@daily',
    '60 * * * *',
    '0 0 * * 7',
    '0 0 * * 5,7',
    '0 0 L * *',
    '0 0 * * MON#1',
    '? * * * *',
    '0 14 * * 1-5 ',
    '0  14 * * *',
    '0 0 31 2 *',
    'TZ=UTC 0 14 * * *',
    '0 14 * * 1-5\n',
  ])('may not be %j', (text) => expect(isSchedule(text)).toBe(false))

  it('is judged in no time and without a throw, whatever it is', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void isSchedule(text)))
    expect(isSchedule(`${'1'.repeat(90)} x`)).toBe(false)
  })
})

describe('a time zone', () => {
  it('is one that the time zone database knows', () => {
    expect(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'].map(isTimeZone)).toEqual([true, true, true])
    expect(['', 'Mars/Olympus', '+02:00', 'Europe/Berlin;x'].map(isTimeZone)).toEqual([false, false, false, false])
  })
})

describe('missed runs', () => {
  const weekdays = '0 14 * * 1-5'

  it('are those that were due since the last one, with a quarter of an hour of grace', () => {
    const last = at('2026-01-05T14:00:00Z')
    expect(missedRuns(weekdays, null, last, at('2026-01-06T14:14:00Z'))).toBe(0)
    expect(missedRuns(weekdays, null, last, at('2026-01-06T14:15:00Z'))).toBe(1)
    expect(missedRuns(weekdays, null, last, at('2026-01-09T15:00:00Z'))).toBe(4)
  })

  it('are none over a weekend that asks for none', () => {
    expect(missedRuns(weekdays, null, at('2026-01-09T14:00:00Z'), at('2026-01-12T13:00:00Z'))).toBe(0)
  })

  it('follow the clocks of the time zone through the change to summer time', () => {
    const before = at('2026-03-28T13:00:00Z')
    expect(nextRun('0 14 * * *', 'Europe/Berlin', before)).toBe(at('2026-03-29T12:00:00Z'))
  })

  it('are not counted beyond a hundred, nor of what cannot be read', () => {
    expect(missedRuns('* * * * *', null, 0, at('2026-01-01T00:00:00Z'))).toBe(101)
    expect(missedRuns('nonsense', null, 0, at('2026-01-01T00:00:00Z'))).toBe(0)
    expect(nextRun('nonsense', null, 0)).toBeNull()
  })
})

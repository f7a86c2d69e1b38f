import { describe, expect, it } from 'vitest'
import { nextRun } from '#lib/cron/next'
import { parseSchedule } from '#lib/cron/parse'
import { zoneFault, zoneLike, zoneOf } from '#lib/cron/zone'

describe('a refused schedule names the field', () => {
  it.each([
    ['60 * * * *', 'minute', 'end of range (60) above maximum (59): 60'],
    ['* 9-25 * * *', 'hour', 'end of range (25) above maximum (23): 9-25'],
    ['* * 0 * *', 'day of month', 'beginning of range (0) below minimum (1): 0'],
    ['* * * foo *', 'month', 'failed to parse int from foo: strconv.Atoi: parsing "foo": invalid syntax'],
    ['* * * * 5,7', 'day of week', 'end of range (7) above maximum (6): 7'],
    ['* 1-2-3 * * *', 'hour', 'too many hyphens: 1-2-3'],
    ['*/2/3 * * * *', 'minute', 'too many slashes: */2/3'],
    ['*/0 * * * *', 'minute', 'step of range should be a positive number: */0'],
    ['*/-1 * * * *', 'minute', 'negative number (-1) not allowed: -1'],
    [
      '99999999999999999999 * * * *',
      'minute',
      'failed to parse int from 99999999999999999999: strconv.Atoi: parsing "99999999999999999999": value out of range',
    ],
    ['x-1-2 * * * *', 'minute', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['* * * *', null, 'expected exactly 5 fields, found 4: [* * * *]'],
    ['', null, 'empty spec string'],
    ['@daily ', null, 'unrecognized descriptor: @daily '],
    ['@every 1d', null, 'failed to parse duration @every 1d: time: unknown unit "d" in duration "1d"'],
    ['@every 5', null, 'failed to parse duration @every 5: time: missing unit in duration "5"'],
    ['@every soon', null, 'failed to parse duration @every soon: time: invalid duration "soon"'],
    ['@every 9999999h', null, 'failed to parse duration @every 9999999h: time: invalid duration "9999999h"'],
  ])('%j: %s', (text, field, reason) => {
    expect(parseSchedule(text)).toEqual({ kind: 'fault', field, reason })
  })
})

describe('@every', () => {
  it.each([
    ['@every 1h30m', 5400],
    ['@every 1.5h', 5400],
    ['@every 90s', 90],
    ['@every 1500ms', 1],
    ['@every 10ms', 1],
    ['@every -1h', 1],
    ['@every 0', 1],
  ])('%s fires %i seconds after the last run', (text, seconds) => {
    const schedule = parseSchedule(text)
    if (schedule.kind === 'fault') throw new Error(schedule.reason)
    expect(nextRun(schedule, 'Europe/Berlin', 10_700)).toBe((10 + seconds) * 1000)
  })
})

describe('the name of a time zone', () => {
  it.each([
    'UTC',
    'Europe/Berlin',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Europe/Kyiv',
    'US/Eastern',
    'EST5EDT',
    'Etc/GMT+5',
  ])('may be %s', (name) => expect(zoneFault(name)).toBeUndefined())

  it.each([
    'europe/berlin',
    'utc',
    'us/eastern',
    'EUROPE/BERLIN',
    'Mars/Olympus',
    '+02:00',
    '../etc/passwd',
    'Europe/',
  ])('is refused as the cluster would when it is %s', (name) =>
    expect(zoneFault(name)).toBe(`unknown time zone ${name}`),
  )

  it.each(['', 'Local', 'local'])('may not be %j', (name) => expect(zoneFault(name)).toMatch(/^timeZone must be /))

  it('in the wrong case is recognised, a link too', () => {
    expect(zoneLike('europe/berlin')).toBe('Europe/Berlin')
    expect(zoneLike('US/eastern')).toBe('US/Eastern')
    expect(zoneLike('Mars/Olympus')).toBeUndefined()
  })

  it('that is not known has no clock', () => {
    expect(() => zoneOf('utc')).toThrow(RangeError)
  })
})

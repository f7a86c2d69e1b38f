import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Firing, missedRuns, nextRun, scheduleFault, zoneFault } from '#lib/projects/schedule'

const at = (text: string) => Date.parse(text)

describe('a schedule', () => {
  it.each([
    '0 14 * * 1-5',
    '*/5 * * * MON-FRI',
    '0-30/10 8,12 1 JAN-MAR *',
    '0 0 29 2 *',
    '5/15 * * * *',
    '0 14 * * MON/2',
    '0 14 ? * 1',
    '@daily',
    '@every 1h30m',
    '0  14 * * 1',
  ])('may be %s', (text) => expect(scheduleFault(text)).toBeUndefined())

  it.each([
    ['', 'empty spec string'],
    ['0 14 * *', 'expected exactly 5 fields, found 4'],
    ['0 0 14 * * 1', 'expected exactly 5 fields, found 6'],
    ['60 * * * *', 'minute: end of range (60) above maximum (59): 60'],
    ['0 0 * * 7', 'day of week: end of range (7) above maximum (6): 7'],
    ['0 14 * * SAT-SUN', 'day of week: beginning of range (6) beyond end of range (0): SAT-SUN'],
    ['0 0 L * *', 'day of month: failed to parse int from L'],
    ['0 0 31 2 *', 'must fire: it has no run within five years'],
    ['0 14 * * ,', 'must fire: it has no run within five years'],
    ['TZ=UTC 0 14 * * *', 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
    [`0 14 ${'1,'.repeat(300)}1 * *`, 'must have 500 characters or less'],
  ])('%j is refused with the reason', (text, reason) => expect(scheduleFault(text)).toContain(reason))

  it('is judged without a throw, whatever it is', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void scheduleFault(text)))
  })
})

describe('a time zone', () => {
  it('in the wrong case is refused with the right name', () => {
    expect(zoneFault('Europe/Berlin')).toBeUndefined()
    expect(zoneFault('europe/berlin')).toContain(
      'unknown time zone europe/berlin; upper and lower case count: "Europe/Berlin"',
    )
    expect(zoneFault('Mars/Olympus')).toMatch(/unknown time zone Mars\/Olympus$/)
  })
})

const LAST = at('2026-01-05T14:00:00Z')
const aFiring = (over: Partial<Firing> = {}): Firing => ({
  schedule: '0 14 * * 1-5',
  time_zone: null,
  created_at: at('2025-12-01T00:00:00Z'),
  last_schedule_at: LAST,
  changed_at: null,
  last_success_at: null,
  starting_deadline_seconds: 300,
  ...over,
})

describe('missed runs', () => {
  it('are those that were due since the last one, with a quarter of an hour of grace', () => {
    expect(missedRuns(aFiring(), at('2026-01-06T14:14:00Z'))).toBe(0)
    expect(missedRuns(aFiring(), at('2026-01-06T14:15:00Z'))).toBe(1)
    expect(missedRuns(aFiring(), at('2026-01-09T15:00:00Z'))).toBe(4)
  })

  it('are none over a weekend that asks for none', () => {
    const friday = aFiring({ last_schedule_at: at('2026-01-09T14:00:00Z') })
    expect(missedRuns(friday, at('2026-01-12T13:00:00Z'))).toBe(0)
  })

  it('are none on a day that `*/1` with a weekday does not name', () => {
    // Both day fields have to match here: Mondays only.
    const mondays = aFiring({ schedule: '0 14 */1 * 1' })
    expect(missedRuns(mondays, at('2026-01-12T14:10:00Z'))).toBe(0)
    expect(missedRuns(mondays, at('2026-01-12T14:20:00Z'))).toBe(1)
  })

  it('are none on the night when the hour of the run is skipped', () => {
    const nightly = aFiring({
      schedule: '30 2 * * *',
      time_zone: 'Europe/Berlin',
      last_schedule_at: at('2026-03-28T01:30:00Z'),
    })
    expect(missedRuns(nightly, at('2026-03-29T23:00:00Z'))).toBe(0)
    expect(missedRuns(nightly, at('2026-03-30T00:50:00Z'))).toBe(1)
  })

  it('are none where the hour of the run comes twice and both were run', () => {
    const nightly = aFiring({
      schedule: '30 2 * * *',
      time_zone: 'Europe/Berlin',
      last_schedule_at: at('2026-10-25T01:30:00Z'),
    })
    expect(missedRuns(nightly, at('2026-10-26T01:40:00Z'))).toBe(0)
  })

  it('are none before its spec was changed: it may have been suspended until then', () => {
    const resumed = aFiring({ changed_at: at('2026-01-09T15:00:00Z') })
    expect(missedRuns(resumed, at('2026-01-09T16:00:00Z'))).toBe(0)
  })

  it('are none while the job before them ran on: with Forbid they are skipped', () => {
    const slow = aFiring({ last_success_at: at('2026-01-06T15:00:00Z') })
    expect(missedRuns(slow, at('2026-01-06T16:00:00Z'))).toBe(0)
  })

  it('are none as long as the starting deadline lets a run begin', () => {
    const patient = aFiring({ starting_deadline_seconds: 7200 })
    expect(missedRuns(patient, at('2026-01-06T15:59:00Z'))).toBe(0)
    expect(missedRuns(patient, at('2026-01-06T16:00:00Z'))).toBe(1)
  })

  it('are none when the last run was at another time than its schedule says: the controller has another clock', () => {
    const elsewhere = aFiring({ last_schedule_at: at('2026-01-05T06:00:00Z') })
    expect(missedRuns(elsewhere, at('2026-01-06T15:00:00Z'))).toBe(0)
  })

  it('of one that never ran and has no time zone are certain only when it is that late everywhere', () => {
    const fresh = aFiring({ created_at: at('2026-01-06T10:00:00Z'), last_schedule_at: null })
    expect(missedRuns(fresh, at('2026-01-06T20:00:00Z'))).toBe(0)
    expect(missedRuns(fresh, at('2026-01-07T02:15:00Z'))).toBe(1)
    expect(missedRuns({ ...fresh, time_zone: 'UTC' }, at('2026-01-06T20:00:00Z'))).toBe(1)
  })

  it('follow the clocks of the time zone through the change to summer time', () => {
    expect(nextRun('0 14 * * *', 'Europe/Berlin', at('2026-03-28T13:00:00Z'))).toBe(at('2026-03-29T12:00:00Z'))
  })

  it('are not counted beyond a hundred, nor of what cannot be read', () => {
    const now = at('2026-01-07T00:00:00Z')
    expect(missedRuns(aFiring({ schedule: '* * * * *' }), now)).toBe(101)
    expect(missedRuns(aFiring({ schedule: 'nonsense' }), now)).toBe(0)
    expect(missedRuns(aFiring({ time_zone: 'Mars/Olympus' }), now)).toBe(0)
    expect(nextRun('nonsense', null, 0)).toBeNull()
    expect(nextRun('0 14 * * *', 'Mars/Olympus', 0)).toBeNull()
  })
})

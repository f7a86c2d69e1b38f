import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextRun } from '#lib/cron/next'
import { parseSchedule, type Schedule } from '#lib/cron/parse'

const ZONES = ['UTC', 'Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Asia/Kolkata']
const YEARS_6 = 6 * 366 * 86_400_000

const value = (min: number, max: number) => fc.integer({ min, max }).map(String)
const field = (min: number, max: number): fc.Arbitrary<string> => {
  const range = fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => {
    return `${Math.min(a, b)}-${Math.max(a, b)}`
  })
  const limits = fc.oneof(fc.constant('*'), fc.constant('?'), value(min, max), range)
  const item = fc.oneof(
    limits,
    fc.tuple(limits, fc.integer({ min: 1, max: 70 })).map(([of, step]) => `${of}/${step}`),
  )
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','))
}
const expression = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
const moment = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2036, 0, 1) })

function scheduleOf(text: string): Schedule {
  const schedule = parseSchedule(text)
  if (schedule.kind === 'fault') throw new Error(schedule.reason)
  return schedule
}

/** What the wall clock shows, by another way than the code under test: from the parts that `Intl` formats. */
function wallClock(at: number, timeZone: string) {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    weekday: 'short',
  })
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value: text }) => [type, text]))
  const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(String(parts['weekday']))
  return { ...Object.fromEntries(Object.entries(parts).map(([type, text]) => [type, Number(text)])), weekday }
}

/** A field read a second time, value by value. */
function allows(text: string, found: number, min: number, max: number): boolean {
  return text.split(',').some((item) => {
    const [limits = '', step = '1'] = item.split('/')
    const isAll = limits === '*' || limits === '?'
    const [low = min, high] = isAll ? [min, max] : limits.split('-').map(Number)
    const last = high ?? (item.includes('/') ? max : low)
    return found >= low && found <= last && (found - low) % Number(step) === 0
  })
}

const hasStar = (text: string) => text.split(',').some((item) => /^[*?](\/1)?$/.test(item))

describe('the next run of any schedule', () => {
  it('is strictly later, within six years, and a time that the schedule names', () => {
    fc.assert(
      fc.property(expression, moment, fc.constantFrom(...ZONES), (fields, from, zone) => {
        const [minute, hour, day, month, weekday] = fields
        const next = nextRun(scheduleOf(fields.join(' ')), zone, from)
        if (next === null) return
        expect(next).toBeGreaterThan(from)
        expect(next - from).toBeLessThan(YEARS_6)
        const shown = wallClock(next, zone) as Record<string, number>
        expect(shown['second']).toBe(0)
        expect(allows(minute, Number(shown['minute']), 0, 59)).toBe(true)
        expect(allows(hour, Number(shown['hour']), 0, 23)).toBe(true)
        expect(allows(month, Number(shown['month']), 1, 12)).toBe(true)
        const dayOk = allows(day, Number(shown['day']), 1, 31)
        const weekdayOk = allows(weekday, Number(shown['weekday']), 0, 6)
        expect(hasStar(day) || hasStar(weekday) ? dayOk && weekdayOk : dayOk || weekdayOk).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is the same from every moment before it', () => {
    fc.assert(
      fc.property(
        expression,
        moment,
        fc.constantFrom(...ZONES),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (...all) => {
          const [fields, from, zone, part] = all
          const schedule = scheduleOf(fields.join(' '))
          const next = nextRun(schedule, zone, from)
          if (next === null) return
          expect(nextRun(schedule, zone, from + Math.floor((next - 1 - from) * part))).toBe(next)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('any text as a schedule', () => {
  it('is read without a throw', () => {
    const cronLike = fc.stringMatching(/^[-0-9*?,/ A-Z@a-z.]{0,60}$/)
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 200 }), cronLike), (text) => void parseSchedule(text)))
  })

  it.each([
    ['one field of digits', '1'.repeat(200_000)],
    ['one field of stars', `${'*,'.repeat(99_990)}* * * * *`],
    ['one field of steps', `${'*/2,'.repeat(49_990)}* * * * *`],
    ['hyphens', `${'1-'.repeat(99_990)} * * * *`],
    ['slashes', `${'*/'.repeat(99_990)} * * * *`],
    ['spaces', ' '.repeat(200_000)],
    ['many fields', '* '.repeat(100_000)],
    ['a long name', `* * * ${'j'.repeat(199_990)} *`],
    ['a number with many zeros', `${'0'.repeat(199_990)}1 * * * *`],
    ['a number out of range', `${'9'.repeat(199_990)} * * * *`],
    ['a long duration', `@every ${'1h'.repeat(99_990)}`],
    ['a duration of digits', `@every ${'1'.repeat(199_990)}`],
  ])('of 200 KB is read in time that grows with its length: %s', (_, text) => {
    const readingOf = (input: string) => {
      const began = process.cpuUsage()
      parseSchedule(input)
      const { user, system } = process.cpuUsage(began)
      return (user + system) / 1000
    }
    readingOf(text)
    // The best of five, in processor time: other programs share the machine.
    const best = Math.min(...Array.from({ length: 5 }, () => readingOf(text)))
    expect(best).toBeLessThan(50)
  })

  it('that never fires is given up after five years, whatever the zone', () => {
    for (const zone of ['UTC', 'America/Sao_Paulo', 'Pacific/Apia']) {
      for (const text of ['0 14 31 2 *', '0 14 * * ,', ', * * * *', '* , * * *', '0 0 30 2 ?']) {
        expect(nextRun(scheduleOf(text), zone, Date.UTC(2011, 11, 1))).toBeNull()
      }
    }
  })

  it('that fires on 29 February only is found up to five years ahead', () => {
    const leapDay = scheduleOf('0 14 29 2 *')
    expect(nextRun(leapDay, 'UTC', Date.UTC(2024, 2, 1))).toBe(Date.UTC(2028, 1, 29, 14))
    // 2100 is no leap year: the next one is eight years away.
    expect(nextRun(leapDay, 'UTC', Date.UTC(2096, 2, 1))).toBeNull()
  })

  it('is not searched without end in a zone that leaves a day out', () => {
    // Samoa went from 29 to 31 December 2011: the day after the 29th cannot be reached by adding one.
    expect(nextRun(scheduleOf('0 9 31 * *'), 'Pacific/Apia', Date.UTC(2011, 11, 29, 20))).toBeNull()
  })
})

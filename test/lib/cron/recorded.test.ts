import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nextRun } from '#lib/cron/next'
import { parseSchedule } from '#lib/cron/parse'

interface Recorded {
  readonly expr: string
  readonly zone?: string
  readonly from?: string
  readonly valid: boolean
  readonly error?: string
  readonly next?: readonly string[]
}

const recorded = readFileSync('test/recordings/cron/schedules.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line): Recorded => JSON.parse(line))

/** Kubernetes refuses these before its cron library sees them. */
const hasZone = ({ expr }: Recorded) => expr.includes('TZ')

const inSeconds = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z')

describe('schedules as the CronJob controller of Kubernetes reads them', () => {
  it.each(recorded.filter((one) => !one.valid))('$expr is refused in its words', ({ expr, error }) => {
    expect(parseSchedule(expr)).toMatchObject({ kind: 'fault', reason: error })
  })

  it.each(recorded.filter(hasZone))('$expr is refused because it names a time zone', ({ expr }) => {
    const reason = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
    expect(parseSchedule(expr)).toMatchObject({ kind: 'fault', reason })
  })

  const valid = recorded.filter((one) => one.valid && !hasZone(one))
  it.each(valid)('$expr in $zone fires after $from when the controller would', ({ expr, zone, from, next = [] }) => {
    const schedule = parseSchedule(expr)
    if (schedule.kind === 'fault') throw new Error(schedule.reason)
    const found: string[] = []
    let at: number | null = Date.parse(String(from))
    while (found.length < 5) {
      at = nextRun(schedule, String(zone), at)
      if (at === null) break
      found.push(inSeconds(at))
    }
    expect(found).toEqual(next)
  })

  it('holds every line of the recording', () => {
    expect(recorded).toHaveLength(466)
    expect(valid.length + recorded.filter(hasZone).length + recorded.filter((one) => !one.valid).length).toBe(466)
  })
})

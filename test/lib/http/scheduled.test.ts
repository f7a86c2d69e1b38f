import { describe, expect, it } from 'vitest'
import { createScheduled } from '#lib/http/create-scheduled'
import { aContext, aLog } from '#test/helpers/http'

function aSchedule() {
  const { log, lines } = aLog()
  const times = [100, 140]
  const ids = { uuid: () => 'fresh-id', secret: () => '' }
  return { scheduled: createScheduled({ log, ids, clock: { now: () => times.shift() ?? 140 } }), lines }
}

describe('a scheduled handler', () => {
  it('answers its report and logs one line with it', async () => {
    const { scheduled, lines } = aSchedule()
    const handler = scheduled('poll', async ({ correlationId }) => ({ correlationId, polled: 2 }))

    expect(await handler({ id: 'event-1' }, aContext())).toEqual({ correlationId: 'event-1', polled: 2 })
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'run',
        facts: { run: 'poll', ms: 40, correlation_id: 'event-1', report: { correlationId: 'event-1', polled: 2 } },
      },
    ])
  })

  it('logs a run that found nothing to do at DEBUG, and any other at INFO', async () => {
    const { scheduled, lines } = aSchedule()
    let done = 0
    const handler = scheduled(
      'poll',
      async () => ({ done }),
      (report) => report.done === 0,
    )

    await handler({}, aContext())
    done = 1
    await handler({}, aContext())

    expect(lines.map(({ level }) => level)).toEqual(['debug', 'info'])
  })

  it('runs by hand too, without an event', async () => {
    const { scheduled } = aSchedule()
    expect(await scheduled('poll', async ({ correlationId }) => correlationId)()).toBe('fresh-id')
  })

  it('fails when its work failed, so that alarms fire', async () => {
    const { scheduled, lines } = aSchedule()
    const error = new Error('no store')
    const handler = scheduled('sweep', () => Promise.reject(error))

    await expect(handler({}, aContext())).rejects.toBe(error)
    expect(lines).toMatchObject([{ level: 'error', message: 'run', facts: { run: 'sweep', error } }])
  })
})

import { describe, expect, it } from 'vitest'
import { isIdleRedelivery } from '#lib/events/redeliver'
import { type FlushReport, isIdleFlush } from '#lib/github/flush'
import { isIdleSweep, type SweepReport } from '#lib/projects/sweep'
import { isIdlePoll, type RepositoryReport } from '#lib/queue/poll'
import { NOTHING } from '#lib/queue/reconcile'
import { type CheckReport, isIdleCheck } from '#lib/workflows/check'

const FLUSH: FlushReport = { locked: false, applied: 0, failed: 0, failures: [], left: 0 }
const POLL: RepositoryReport = { repository: 'acme/shop', status: 'unchanged', ...NOTHING }
const CHECK: CheckReport = { ran: true, seen: 4, reminded: 0, expired: 0, dispatched: 0, tidied: 0, failed: [] }
const SWEEP: SweepReport = {
  ...{ status: 'done', projects: 3, cronjobs: 3, ms: 40 },
  ...{ healed: [], warned: [], waiting: [], busy: [], failed: [], reports: [], unhealed: [], duplicates: [] },
  missing_rights: [],
}
const DRAINED = { sink: 'redis', state: 'drained', delivered: 0, dead: 0 } as const

describe('a scheduled run that did nothing', () => {
  it('is one that found nothing owed, new, due, to heal or to deliver', () => {
    expect(isIdleFlush(FLUSH)).toBe(true)
    expect(isIdleFlush({ locked: true })).toBe(true)
    expect(isIdlePoll(POLL)).toBe(true)
    expect(isIdleCheck(CHECK)).toBe(true)
    expect(isIdleSweep(SWEEP)).toBe(true)
    expect(isIdleRedelivery([DRAINED])).toBe(true)
  })

  it.each([
    ['a write was made', { applied: 1 }],
    ['a write failed', { failed: 1 }],
    ['writes are left', { left: 1 }],
    ['a debt was set aside', { debt_refused: ['acme/shop#1'] }],
    ['a debt cannot be read', { unreadable: ['k'] }],
    ['GitHub asked for silence', { closed_until: 5 }],
  ])('is no flush where %s', (_what, change) => {
    expect(isIdleFlush({ ...FLUSH, ...change } as FlushReport)).toBe(false)
  })

  it.each([
    ['an issue was queued', { queued: 1 }],
    ['an issue became ready', { unblocked: 1 }],
    ['it failed', { status: 'failed' }],
    ['GitHub asked to wait', { status: 'waiting', detail: 'GitHub asked to wait.' }],
    ['an issue is not trusted', { untrusted: [{ issue_number: 1, reason: 'x' }] }],
    ['a review came', { reviews: { open: 1, looked_at: 1, approved: 1 } }],
  ])('is no poll where %s', (_what, change) => {
    expect(isIdlePoll({ ...POLL, ...change } as RepositoryReport)).toBe(false)
  })

  it.each(['reminded', 'expired', 'dispatched', 'tidied'] as const)(
    'is no check of workflows where some were %s',
    (name) => {
      expect(isIdleCheck({ ...CHECK, [name]: 1 })).toBe(false)
      expect(isIdleCheck({ ...CHECK, failed: [{ feature_id: 'F-1', code: 'internal' }] })).toBe(false)
    },
  )

  it.each(['healed', 'warned', 'failed', 'unhealed', 'missing_rights'] as const)('is no sweep with %s', (name) => {
    expect(isIdleSweep({ ...SWEEP, [name]: [{}] })).toBe(false)
    expect(isIdleSweep({ ...SWEEP, status: 'overlapped' })).toBe(false)
  })

  it('is no redelivery while a sink rests, or events were delivered or set aside', () => {
    for (const change of [{ state: 'resting' }, { delivered: 1 }, { dead: 1 }] as const) {
      expect(isIdleRedelivery([DRAINED, { ...DRAINED, ...change }])).toBe(false)
    }
  })
})

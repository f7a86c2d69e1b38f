import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import type { Finding } from '#lib/queue/hosts'
import type { Lease, WorkerRecord } from '#lib/queue/model'
import { CHECK_NOTE_MS, called, heldBack, judged, standingOf } from '#lib/queue/presence'
import { START } from '#test/helpers/clock'

const INTERVAL = seconds(30)
const PLACE = '10.0.0.11'
const on = (now: number) => ({ now, correlation_id: 'check' })
const found = (kind: Finding['kind'], detail: string = kind) => ({
  ...{ place: PLACE, finding: { kind, detail } as Finding, intervalMs: INTERVAL },
})
const worker = (last_seen = START): WorkerRecord => ({
  ...{ id: 'w1', first_seen: START, last_seen, total_tasks: 1, capabilities: [], ip: null, pointer: null, version: 1 },
})
const leaseUntil = (expires_at: number, renewed_at = START): Lease => ({
  ...{ worker: 'w1', token: 1, leased_at: START, expires_at, renewed_at },
})
const idle = (record: WorkerRecord) => ({ lastWord: record.last_seen, lease: undefined })
/** The worker after a look at `now`, and how it stands then. */
function looked(record: WorkerRecord, kind: Finding['kind'], now: number, lease?: Lease) {
  const contact = { lastWord: record.last_seen, lease }
  const next = judged(record, contact, found(kind), on(now))
  return { next, ...standingOf(next, contact, now) }
}

describe('a look at the host of a worker that calls', () => {
  it.each([
    ['active', false, 'healthy'],
    ['inactive', false, 'degraded'],
    ['refused', false, 'unhealthy'],
    ['unreachable', true, 'unhealthy'],
  ] as const)('%s: offline %s, %s', (kind, offline, health) => {
    expect(looked(worker(), kind, START)).toMatchObject({ offline, health })
  })
})

describe('a look at the host of a worker that is silent', () => {
  it.each([
    ['active', false, 'degraded'],
    ['inactive', true, 'degraded'],
    ['refused', true, 'unhealthy'],
    ['unreachable', true, 'unhealthy'],
  ] as const)('%s: offline %s, %s', (kind, offline, health) => {
    expect(looked(worker(), kind, START + minutes(3))).toMatchObject({ offline, health })
  })

  it('says of one that never called that it never did', () => {
    expect(looked(worker(0), 'active', START)).toMatchObject({ offline: false, reason: 'It has never called.' })
  })
})

describe('a worker that is busy', () => {
  it.each(['active', 'inactive', 'refused', 'unreachable'] as const)('stays so whatever its host is: %s', (kind) => {
    const { next, offline } = looked(worker(), kind, START + minutes(1), leaseUntil(START + minutes(10)))
    expect(offline).toBe(false)
    expect(next.presence).toBeUndefined()
  })
})

describe('a host that cannot be reached', () => {
  const down = looked(worker(), 'unreachable', START + 1).next

  it('holds its worker back until somebody looks again, and not longer than looks are due', () => {
    expect(heldBack(down, START + 1)).toMatchObject({ host: PLACE, since: START + 1 })
    expect(called(down, on(START + seconds(5))).presence).toMatchObject({ offline: true })
    const late = down.check?.valid_until ?? 0
    expect(late).toBe(START + 1 + CHECK_NOTE_MS + 3 * INTERVAL)
    expect(heldBack(down, late)).toBeUndefined()
    expect(called(down, on(late)).presence).toMatchObject({ offline: false, seq: 2 })
  })

  it('is taken for cut off from us once its worker was heard after the first look', () => {
    const heard = { ...down, last_seen: START + seconds(5) }
    const { next, offline, health } = looked(heard, 'unreachable', START + seconds(31))

    expect(next.check).toMatchObject({ state: 'cut_off', since: START + seconds(31) })
    expect({ offline, health }).toEqual({ offline: false, health: 'degraded' })
    expect(heldBack(next, START + seconds(31))).toBeUndefined()
    expect(next.presence).toMatchObject({ offline: false, seq: 2 })
  })

  it('is unreachable again when the worker falls silent too', () => {
    const heard = { ...down, last_seen: START + seconds(5) }
    const cut = looked(heard, 'unreachable', START + seconds(31)).next
    const still = looked({ ...cut, last_seen: START + seconds(61) }, 'unreachable', START + seconds(62)).next
    const silent = looked(still, 'unreachable', START + minutes(5))

    expect(still.check?.state).toBe('cut_off')
    expect(silent.next.check).toMatchObject({ state: 'unreachable', since: START + minutes(5) })
    expect(silent.offline).toBe(true)
  })

  it('stays what it is when the time was up before its turn', () => {
    expect(looked(down, 'unchecked', START + minutes(1)).next).toBe(down)
    expect(looked(worker(), 'unchecked', START).next).toEqual(worker())
  })
})

describe('a worker without a host', () => {
  const judge = (record: WorkerRecord, now: number) => judged(record, idle(record), undefined, on(now))

  it('is judged by when it last called', () => {
    const record = worker()
    expect(judge(record, START + minutes(3) - 1)).toBe(record)
    const gone = judge(record, START + minutes(3))
    expect(gone.presence).toMatchObject({ offline: true, since: START + minutes(3), seq: 1, correlation_id: 'check' })
    expect(judge(gone, START + minutes(4))).toBe(gone)
    expect(called(gone, on(START + minutes(5))).presence).toMatchObject({ offline: false, seq: 2 })
  })

  it('forgets what was found of a host that it has no longer', () => {
    const checked = looked(worker(), 'active', START).next
    expect(judge(checked, START)).not.toHaveProperty('check')
  })
})

describe('what was found', () => {
  it('counts no more when nobody looks: a silent worker is of unknown health', () => {
    const record = looked(worker(), 'active', START).next
    const late = record.check?.valid_until ?? 0
    expect(standingOf(record, idle(record), late)).toMatchObject({ offline: true, health: 'unknown' })
    expect(standingOf(record, { ...idle(record), lastWord: late }, late)).toMatchObject({ health: 'healthy' })
  })

  it('of another host begins anew', () => {
    const record = looked(worker(), 'active', START).next
    const moved = { ...found('active'), place: '10.0.0.12' }
    expect(judged(record, idle(record), moved, on(START + 1)).check).toMatchObject({
      host: '10.0.0.12',
      since: START + 1,
    })
  })

  it('is written when it changes, and else once in five minutes', () => {
    const first = looked(worker(), 'active', START).next
    expect(looked(first, 'active', START + CHECK_NOTE_MS - 1).next).toBe(first)
    const noted = looked(first, 'active', START + CHECK_NOTE_MS).next
    expect(noted.check).toMatchObject({ since: START, at: START + CHECK_NOTE_MS })
    expect(looked(noted, 'inactive', START + CHECK_NOTE_MS + 1).next.check).toMatchObject({ state: 'inactive' })
  })
})

describe('whatever happens', () => {
  const kinds = ['active', 'inactive', 'refused', 'unreachable', 'unchecked'] as const
  const step = fc.record({
    kind: fc.option(fc.constantFrom(...kinds)),
    pass: fc.integer({ min: 0, max: minutes(10) }),
    calls: fc.boolean(),
    leased: fc.boolean(),
  })
  type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

  /** One look, and what must be true of it. */
  function take(record: WorkerRecord, { kind, calls, leased }: Step, now: number): WorkerRecord {
    const known = calls ? { ...called(record, on(now)), last_seen: now } : record
    const contact = { lastWord: known.last_seen, lease: leased ? leaseUntil(now + 1, now) : undefined }
    const look = kind === null ? undefined : found(kind)
    const next = judged(known, contact, look, on(now))
    const { offline } = standingOf(next, contact, now)
    const wasOffline = known.presence?.offline ?? false

    expect(judged(next, contact, look, on(now))).toBe(next)
    expect(next.presence?.offline ?? false).toBe(offline)
    expect((next.presence?.seq ?? 0) - (known.presence?.seq ?? 0)).toBe(wasOffline === offline ? 0 : 1)
    expect(offline && leased).toBe(false)
    expect(heldBack(next, now) === undefined || leased || offline).toBe(true)
    return next
  }

  it('each look agrees with what it says, writes nothing twice, and counts each coming and going once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let now = START
        steps.reduce((record, one) => {
          now += one.pass
          return take(record, one, now)
        }, worker())
      }),
    )
  })

  it('a worker that goes on calling is held back for one look at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: minutes(2) }), fc.nat(20), (pass, looks) => {
        let record = looked(worker(), 'unreachable', START).next
        for (let n = 1; n <= looks; n++) {
          record = { ...record, last_seen: START + n * pass }
          record = looked(record, 'unreachable', START + n * pass).next
          expect(heldBack(record, START + n * pass)).toBeUndefined()
        }
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WorkerRecord } from '#lib/queue/model'
import { decodeWorker, encodeWorker } from '#lib/store/worker-codec'

const count = fc.nat()
const anyWorker: fc.Arbitrary<WorkerRecord> = fc.record({
  id: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
  first_seen: count,
  last_seen: count,
  total_tasks: count,
  capabilities: fc.array(fc.string()),
  ip: fc.option(fc.ipV4()),
  pointer: fc.option(
    fc.record({
      key: fc.record({ repository: fc.string(), number: count }),
      token: count,
      version: count,
      expires_at: count,
    }),
  ),
  version: count,
})
const states = fc.constantFrom('active', 'inactive', 'refused', 'unreachable', 'cut_off')
const moments = { since: count, at: count, valid_until: count }
const anyCheck = fc.record({ host: fc.string(), state: states, detail: fc.string(), ...moments })
const anyPresence = fc.record({
  ...{ offline: fc.boolean(), since: count, reason: fc.option(fc.string()), seq: count },
  correlation_id: fc.string(),
})

describe('a worker as an item', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyWorker, (worker) => {
        expect(decodeWorker(encodeWorker(worker))).toEqual(worker)
      }),
    )
  })

  it('comes back with what was found of its host, and when it went', () => {
    fc.assert(
      fc.property(anyWorker, anyCheck, anyPresence, (worker, check, presence) => {
        const full = { ...worker, check, presence } as WorkerRecord
        expect(decodeWorker(encodeWorker(full))).toEqual(full)
      }),
    )
  })

  it('written by the first version is read with what it leaves out', () => {
    const first = { pk: 'WORKERS', sk: 'w1', first_seen: 1, last_seen: 2, total_tasks: 3, version: 4 }
    const pointer = { repository: 'a/b', number: 1, token: 2, expires_at: 9 }

    expect(decodeWorker(first)).toMatchObject({ id: 'w1', capabilities: [], ip: null, pointer: null })
    expect(decodeWorker({ ...first, pointer })).toMatchObject({ pointer: { version: 0, token: 2 } })
  })

  it('that is none is refused', () => {
    expect(() => decodeWorker({ pk: 'WORKERS', sk: 'w1' })).toThrow()
  })
})

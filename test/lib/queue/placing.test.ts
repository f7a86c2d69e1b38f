import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Host } from '#lib/queue/hosts'
import type { WorkerRecord } from '#lib/queue/model'
import { hostOf, isPlaceholder, placeWorkers } from '#lib/queue/placing'
import { START } from '#test/helpers/clock'

const host = (worker: string | null, address: string, port = 22): Host => ({ worker, address, port })
const worker = (id: string, ip: string | null, last_seen = START): WorkerRecord => ({
  ...{ id, ip, last_seen, first_seen: START, total_tasks: 0, capabilities: [], pointer: null, version: 1 },
})
const placed = (hosts: readonly Host[], workers: readonly WorkerRecord[]) =>
  placeWorkers(hosts, workers, START).placements.map(({ record }) => record.id)

describe('the worker of a host', () => {
  it('is the one that the configuration names, wherever it called from', () => {
    expect(placed([host('w1', '10.0.0.11')], [worker('w1', '192.0.2.1'), worker('w2', '10.0.0.11')])).toEqual(['w1'])
  })

  it('is else the one that last called from its address', () => {
    const workers = [
      worker('old', '10.0.0.11', START - 1),
      worker('new', '::ffff:10.0.0.11'),
      worker('far', '10.0.0.12'),
    ]
    expect(placed([host(null, '10.0.0.11')], workers)).toEqual(['new'])
  })

  it('is not one that another host has by name', () => {
    const hosts = [host(null, '10.0.0.11'), host('w1', '10.0.0.11', 2222)]
    expect(placed(hosts, [worker('w1', '10.0.0.11')])).toEqual(['10.0.0.11', 'w1'])
  })

  it('that has never called is known by the name it is to have, or by its place', () => {
    const hosts = [host('w1', '10.0.0.11'), host(null, '10.0.0.12', 2222), host(null, 'fe80::1')]
    const { placements } = placeWorkers(hosts, [], START)

    expect(placements.map(({ record }) => record.id)).toEqual(['w1', '10.0.0.12-2222', 'fe80--1'])
    expect(placements.every(({ record }) => isPlaceholder(record) && record.version === 0)).toBe(true)
  })

  it('takes the place of what stood for it once it calls', () => {
    const placeholder = { ...worker('10.0.0.11', '10.0.0.11', 0) }
    const { placements, elsewhere } = placeWorkers(
      [host(null, '10.0.0.11')],
      [placeholder, worker('w1', '10.0.0.11')],
      START,
    )

    expect(placements.map(({ record }) => record.id)).toEqual(['w1'])
    expect(elsewhere).toEqual([placeholder])
  })

  it('stands once, and no worker is lost', () => {
    const ids = fc.constantFrom('w1', 'w2', 'w3', 'w4')
    const places = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3')
    const workers = fc.uniqueArray(fc.record({ id: ids, ip: fc.option(places), at: fc.nat(3) }), {
      selector: ({ id }) => id,
    })
    const hosts = fc.uniqueArray(fc.record({ worker: fc.option(ids), address: places }), {
      selector: ({ worker, address }) => worker ?? address,
    })
    fc.assert(
      fc.property(workers, hosts, (all, of) => {
        const records = all.map(({ id, ip, at }) => worker(id, ip, at))
        const { placements, elsewhere } = placeWorkers(
          of.map((one) => host(one.worker, one.address)),
          records,
          START,
        )
        const seen = [...placements.map(({ record }) => record.id), ...elsewhere.map(({ id }) => id)]

        expect(placements).toHaveLength(of.length)
        expect(new Set(seen).size).toBe(seen.length)
        expect(seen).toEqual(expect.arrayContaining(all.map(({ id }) => id)))
        for (const one of placements) if (one.host.worker !== null) expect(one.record.id).toBe(one.host.worker)
      }),
    )
  })
})

describe('the host of a worker', () => {
  const check = { host: '10.0.0.12:2222', state: 'active', detail: '', since: 0, at: 0, valid_until: 0 } as const
  const hosts = [host('w1', '10.0.0.11'), host(null, '10.0.0.12', 2222), host(null, '10.0.0.13')]

  it.each([
    ['named', 'w1', undefined, hosts[0]],
    ['where the last look found it', 'w2', { ...worker('w2', '192.0.2.1'), check }, hosts[1]],
    ['where it called from', 'w3', worker('w3', '10.0.0.13'), hosts[2]],
    ['unknown without a record', 'w4', undefined, undefined],
    ['unknown from elsewhere', 'w5', worker('w5', '192.0.2.1'), undefined],
  ])('is %s', (_, id, record, expected) => {
    expect(hostOf(id, record, hosts)).toEqual(expected)
  })
})

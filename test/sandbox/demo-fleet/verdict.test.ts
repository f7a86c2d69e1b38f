import { describe, expect, it } from 'vitest'
import { toTimestamp } from '#lib/clock'
import { type Happening, storiesOf } from '#sandbox/demo-fleet/history'
import { scenarioOf } from '#sandbox/demo-fleet/scenario'
import { judge, type Recorded } from '#sandbox/demo-fleet/verdict'

/** #2 waits for #1, #3 wants the file of #1; #1 is sent back, the worker of #3 is killed. */
const SCENARIO = scenarioOf(
  [
    { title: 'One', writes: ['one', 'src/a.ts'], priority: 'high' },
    { title: 'Two', writes: ['two', 'src/b.ts'], priority: 'low', after: ['one'] },
    { title: 'Three', writes: ['three', 'src/c.ts'], files: ['src/a.ts', 'src/c.ts'], priority: 'low' },
  ],
  { killAt: 'three', sendBack: { name: 'one', feedback: 'Please say why.' } },
)

type Told = readonly [at: number, number: number, type: Happening['event_type'], worker?: string, token?: number]

/** As it should go: second, issue, event. */
const GOOD: readonly Told[] = [
  [0, 1, 'WORK_QUEUED'],
  [0, 2, 'WORK_QUEUED'],
  [0, 3, 'WORK_QUEUED'],
  [1, 1, 'WORK_LEASED', 'w1', 1],
  [2, 1, 'WORK_COMPLETED', 'w1', 1],
  [3, 3, 'WORK_LEASED', 'w2', 1],
  [4, 1, 'WORK_QUEUED', 'w1', 1],
  [12, 3, 'WORK_LEASE_EXPIRED', 'w2', 1],
  [13, 1, 'WORK_LEASED', 'w3', 2],
  [14, 1, 'WORK_COMPLETED', 'w3', 2],
  [15, 1, 'WORK_APPROVED', 'w3', 2],
  [15, 1, 'WORK_MERGED', 'w3', 2],
  [16, 3, 'WORK_LEASED', 'w1', 2],
  [17, 2, 'WORK_LEASED', 'w3', 1],
  [18, 3, 'WORK_COMPLETED', 'w1', 2],
  [19, 2, 'WORK_COMPLETED', 'w3', 1],
  [20, 3, 'WORK_MERGED', 'w1', 2],
  [20, 2, 'WORK_MERGED', 'w3', 1],
]

function happenings(told: readonly Told[]): readonly Happening[] {
  return told.map(([at, number, event_type, worker_id = null, lease_token = null], index) => ({
    event_id: `issue:${number}:${index}`,
    event_type,
    timestamp: toTimestamp(at * 1000),
    seq: index + 1,
    issue_number: number,
    worker_id,
    lease_token,
    pr_url: null,
  }))
}

function recorded(told: readonly Told[], changes: Partial<Recorded> = {}): Recorded {
  return {
    scenario: SCENARIO,
    stories: storiesOf(happenings(told)),
    merging: new Map([1, 2, 3].map((number) => [number, number === 1 ? 14_900 : 19_900])),
    killed: { worker: 'w2', number: 3, at: 3500 },
    endings: [1, 2, 3].map((number) => ({
      number,
      closed: true,
      merged: true,
      written: true,
      commits: number === 1 ? 2 : 1,
    })),
    ...changes,
  }
}

const without = (...lines: number[]) => GOOD.filter((_, at) => !lines.includes(at))
const violated = (record: Recorded) => judge(record).flatMap(({ violations }) => violations)

describe('the history', () => {
  it('tells of each lease who had it, from when to when, and how it ended', () => {
    const { leases, sentBack, mergedAt } = storiesOf(happenings(GOOD)).get(1) ?? {}

    expect(leases).toEqual([
      { worker: 'w1', token: 1, from: 1000, to: 2000, places: [3, 4], end: 'completed' },
      { worker: 'w3', token: 2, from: 13_000, to: 14_000, places: [8, 9], end: 'completed' },
    ])
    expect([sentBack, mergedAt]).toEqual([[4000], 15_000])
  })

  it('is the same however often events are told', () => {
    const events = happenings(GOOD)

    expect(storiesOf([...events, ...events.toReversed()])).toEqual(storiesOf(events))
  })

  it('ends a lease that ran out when another is given, if nobody told of it before', () => {
    const { leases } = storiesOf(happenings(without(7))).get(3) ?? {}

    expect(leases?.[0]).toMatchObject({ worker: 'w2', to: 16_000, end: 'expired' })
  })
})

describe('the verdict', () => {
  it('finds nothing wrong with a run in which all went as it should', () => {
    expect(judge(recorded(GOOD)).map(({ violations }) => violations)).toEqual([[], [], [], [], [], []])
  })

  it.each<[string, Recorded, string]>([
    ['an issue that was not completed', recorded(without(15)), '#2: 0 times, not 1'],
    [
      'an issue that was completed twice',
      recorded([...GOOD, [21, 2, 'WORK_LEASED', 'w1', 2], [22, 2, 'WORK_COMPLETED', 'w1', 2]]),
      '#2: 2 times, not 1',
    ],
    ['a branch that is not merged', recorded(GOOD, { endings: [] }), '#2: merged false, closed false, written false'],
    [
      'two leases on files of both',
      recorded([...GOOD.slice(0, 7), ...GOOD.slice(8, 9), ...GOOD.slice(7, 8), ...GOOD.slice(9)]),
      '#1 by w3 and #3 by w2 at once',
    ],
    [
      'two leases of one issue',
      recorded(GOOD, {
        stories: new Map(storiesOf(happenings(GOOD))).set(2, {
          ...storiesOf(happenings(GOOD)).get(2)!,
          leases: [1, 2].map((token) => ({
            worker: `w${token}`,
            token,
            from: 17_000,
            to: 19_000,
            places: [13, 15] as const,
            end: 'completed' as const,
          })),
        }),
      }),
      '#2 by w1 and #2 by w2 at once',
    ],
    [
      'a lease before its dependency was closed',
      recorded(GOOD, { merging: new Map([[1, 17_500]]) }),
      '#2: leased at 1970-01-01T00:00:17.000Z, when #1 was open',
    ],
    ['a run in which nobody was killed', recorded(GOOD, { killed: null }), 'no worker was killed'],
    [
      'a killed worker that had nothing',
      recorded(GOOD, { killed: { worker: 'w2', number: 3, at: 12_500 } }),
      'w2 did not hold #3 when it was killed',
    ],
    [
      'a dead worker that works on',
      recorded(GOOD, { killed: { worker: 'w3', number: 1, at: 13_500 } }),
      'w3 was given 1 more leases',
    ],
    ['a review that led to nothing', recorded(without(8, 9)), '#1 has 1 rounds, not 2'],
  ])('finds %s', (_, record, violation) => {
    expect(violated(record)).toContain(violation)
  })
})

import type { DynamoDBRecord } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { councilEventOf } from '#lib/councils/events'
import type { Output, Run, Said, Standing } from '#lib/councils/run'
import { decodeOutput, decodeRun, encodeOutput, encodeRun } from '#lib/store/councils-codec'
import { councilRunChangeOf } from '#lib/store/councils-stream'
import type { LocalTable } from '#test/helpers/dynamodb'
import { aStream } from '#test/helpers/journey'
import { ASKING, aRequest, aWorld } from '#test/lib/councils/support/world'

const text = fc.string({ maxLength: 20 }).filter((it) => it !== '__proto__')
const share = fc.double({ min: 0, max: 1, noNaN: true })
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })
const tags = fc.dictionary(text, text, { maxKeys: 3 })

const standing: fc.Arbitrary<Standing> = fc.oneof(
  fc.constant<Standing>({ kind: 'open' }),
  fc.record({
    kind: fc.constant('failed' as const),
    at: fc.nat(),
    code: fc.constantFrom('UNAVAILABLE' as const, 'CANCELLED' as const),
    message: text,
    retry_after_ms: orNull(fc.nat()),
  }),
  fc.record({
    kind: fc.constant('completed' as const),
    at: fc.nat(),
    decision: fc.record({
      ranking: fc.array(
        fc.record({
          agent_id: text,
          score: share,
          rank: fc.nat(),
          policy_passed: fc.boolean(),
          checks: share,
          peer_rank: orNull(share),
          rubric: orNull(share),
        }),
        { maxLength: 3 },
      ),
      winner_id: text,
      tags,
    }),
  }),
)

const run: fc.Arbitrary<Run> = fc.record({
  execution_id: text,
  task_id: text,
  kind: fc.constantFrom('deliberation' as const, 'orchestration' as const),
  role: text,
  request: text,
  rounds: fc.nat(10),
  agents: fc.nat(16),
  top_k: fc.nat(16),
  seed: text,
  created_at: fc.nat(),
  deadline_at: fc.nat(),
  correlation_id: text,
  lease: fc.record({ fence: fc.nat(), holder: text, until: fc.nat() }),
  standing,
})

const said: fc.Arbitrary<Said> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text }),
  fc.record({ kind: fc.constant('choice' as const), chosen: text, reason: text }),
  fc.record({
    kind: fc.constant('failed' as const),
    failure: fc.record({ kind: fc.constantFrom('timeout' as const, 'too_large' as const), message: text }),
  }),
  fc.record({
    kind: fc.constant('votes' as const),
    votes: fc.array(
      fc.record({ agent_id: text, proposal: fc.nat(), scores: fc.dictionary(text, share), critique: text }),
      { maxLength: 3 },
    ),
  }),
)

/** The stream of a table so far, as Lambda hands it over. */
async function recordsOf(local: LocalTable): Promise<readonly DynamoDBRecord[]> {
  const read = await aStream(local)
  const records: DynamoDBRecord[] = []
  for (let page = await read(); page.length > 0; page = await read()) records.push(...page)
  return records
}

describe('a run as items', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(run, (it) => {
        expect(decodeRun(JSON.parse(JSON.stringify(encodeRun(it))))).toEqual(it)
      }),
    )
  })

  it('with its outputs, too', () => {
    const output: fc.Arbitrary<Output> = fc.record({
      stage: fc.constantFrom('propose' as const, 'review' as const, 'revise' as const, 'judge' as const),
      round: fc.nat(10),
      agent_id: text,
      said,
      spending: orNull(
        fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat(), cost_usd: share, model: text, ms: fc.nat() }),
      ),
      at: fc.nat(),
    })
    fc.assert(
      fc.property(output, (it) => {
        expect(decodeOutput(JSON.parse(JSON.stringify(encodeOutput('x', it))))).toEqual(it)
      }),
    )
  })

  it('of a kind from the future is left alone by lists', async () => {
    const world = await aWorld()
    await world.councils.deliberate(aRequest(), ASKING)
    const { metadata } = await world.councils.deliberate(aRequest(), ASKING)
    const key = { pk: `COUNCIL_RUN#${metadata.execution_id}`, sk: 'RUN' }
    await world.table.put({ ...(await world.table.get(key)), ...key, standing: { kind: 'hovering' } })
    expect((await world.councils.list({ limit: 10 })).deliberations).toHaveLength(1)
    expect(world.unknown).toEqual([key.pk])
  })

  it('stay small apart from their texts', async () => {
    const world = await aWorld()
    world.stage.everybody({ propose: ({ agent_id }) => agent_id + 'x'.repeat(99_000), revise: (_, own) => own })
    const { metadata } = await world.councils.deliberate(aRequest(), ASKING)
    const { items } = await world.table.query({ pk: `COUNCIL_RUN#${metadata.execution_id}`, limit: 100 })
    const sizes = new Map(items.map((item) => [item.sk, JSON.stringify(item).length]))
    expect(sizes.get('RUN')).toBeLessThan(3_000)
    expect(Math.max(...sizes.values())).toBeLessThan(101_000)
  })
})

describe('an output', () => {
  it('is stored once: the first one is the answer to all', async () => {
    const { ports } = await aWorld()
    const output = (words: string): Output => ({
      stage: 'propose',
      round: 0,
      agent_id: 'a',
      said: { kind: 'text', text: words },
      spending: null,
      at: 1,
    })
    expect(await ports.store.keep('x', output('first'))).toEqual(output('first'))
    expect(await ports.store.keep('x', output('second'))).toEqual(output('first'))
  })
})

describe('a lease', () => {
  it('is had by one, prolonged by its holder alone, and of no use once the run is over', async () => {
    const world = await aWorld()
    const { execution_id } = await world.councils.submitDeliberation(aRequest(), ASKING)
    const { store } = world.ports
    const span = { now: 100, until: 200 }
    const takers = await Promise.all(['a', 'b', 'c'].map((holder) => store.take(execution_id, holder, span)))
    const held = takers.filter((one) => one !== undefined)
    expect(held).toHaveLength(1)
    expect(held[0]?.lease).toMatchObject({ fence: 1, until: 200 })
    expect(await store.renew(execution_id, { fence: 1, holder: 'x', until: 300 })).toBe(true)
    expect(await store.take(execution_id, 'd', { now: 299, until: 400 })).toBeUndefined()
    expect(await store.take(execution_id, 'd', { now: 300, until: 400 })).toMatchObject({ lease: { fence: 2 } })
    expect(await store.renew(execution_id, { fence: 1, holder: 'x', until: 500 })).toBe(false)
    const end = { kind: 'failed', at: 1, code: 'CANCELLED', message: '', retry_after_ms: null } as const
    expect(await store.finish(execution_id, 1, end)).toBe(false)
    expect(await store.finish(execution_id, 2, end)).toBe(true)
    expect(await store.take(execution_id, 'e', { now: 900, until: 999 })).toBeUndefined()
  })
})

describe('spending of a day', () => {
  it('is added once per wave, also by many runs at once', async () => {
    const { ports } = await aWorld()
    const waves = Array.from({ length: 8 }, (_, at) => `run-${at % 4}`)
    await Promise.all(waves.map((id) => ports.store.count(id, 'propose-0', '2026-01-05', { tokens: 10, usd: 0.5 })))
    expect(await ports.store.spentOn('2026-01-05')).toEqual({ tokens: 40, usd: 2 })
    expect(await ports.store.spentOn('2026-01-06')).toEqual({ tokens: 0, usd: 0 })
  })
})

describe('the stream', () => {
  it('tells the beginning and the end of every run, and nothing of leases', async () => {
    const world = await aWorld()
    const done = await world.councils.deliberate(aRequest(), ASKING)
    world.stage.everybody({ propose: () => ({ kind: 'unavailable', message: 'down' }) })
    await world.councils.deliberate(aRequest(), ASKING).catch(() => undefined)
    const changes = (await recordsOf(world.local)).map(councilRunChangeOf).filter((change) => change !== undefined)
    const events = changes.map(councilEventOf).filter((event) => event !== undefined)
    expect(events.map(({ event_type, seq }) => [event_type, seq])).toEqual([
      ['DELIBERATION_STARTED', 1],
      ['DELIBERATION_COMPLETED', 2],
      ['DELIBERATION_STARTED', 1],
      ['DELIBERATION_FAILED', 2],
    ])
    expect(events[1]).toMatchObject({
      event_id: `deliberation:${done.metadata.execution_id}:2`,
      entity: { kind: 'deliberation', id: done.metadata.execution_id },
      correlation_id: 'test',
      winner_id: done.winner_id,
      usage: { input_tokens: 270, output_tokens: 90, cost_usd: 0.09 },
    })
    expect(events[3]).toMatchObject({ code: 'UNAVAILABLE' })
    expect(JSON.stringify(events)).not.toContain('text of')
  })
})

import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from '#lib/queue/body'
import { leased, opened } from '#lib/queue/decide'
import { type Job, PRIORITIES } from '#lib/queue/model'
import { decodeJob, encodeFinish, encodeJob, encodeUsage } from '#lib/store/job-codec'
import { START } from '#test/helpers/clock'
import { aKey, POLICY, someFacts } from '#test/helpers/queue'

const KEY = { pk: 'JOBS#acme/shop', sk: '0000000001' }
const text = fc.string({ unit: 'grapheme' }).map((it) => it.toWellFormed())
const maybe = fc.option(text)
const count = fc.nat()
const at = { now: START, correlation_id: 'c' }

const anyState: fc.Arbitrary<Job['state']> = fc.oneof(
  fc.record({ kind: fc.constant('pending' as const), not_before: count }),
  fc.record({
    kind: fc.constant('leased' as const),
    lease: fc.record({ worker: text, token: count, leased_at: count, expires_at: count, renewed_at: count }),
  }),
  fc.record({
    kind: fc.constant('finished' as const),
    finish: fc.record({
      outcome: fc.constantFrom('completed' as const, 'failed' as const, 'withdrawn' as const),
      at: count,
      pr_url: maybe,
      error: maybe,
    }),
  }),
)

const anyJob: fc.Arbitrary<Job> = fc.record({
  key: fc.record({ repository: text, number: count }),
  generation: count,
  facts: fc.record({
    title: text,
    labels: fc.array(text),
    priority: fc.constantFrom(...PRIORITIES),
    author: text,
    association: text,
    created_at: count,
    updated_at: count,
  }),
  body: fc.string({ unit: 'grapheme', maxLength: 400 }).map((it) => bodyOf(it.toWellFormed())),
  state: anyState,
  token: count,
  counts: fc.record({ failures: count, workers_lost: count, postponed: count }),
  previous: fc.option(
    fc.record({
      error: maybe,
      pr_url: maybe,
      feedback: fc.option(fc.string({ maxLength: 400 }).map((it) => bodyOf(it.toWellFormed()))),
    }),
  ),
  review: fc.record({
    verdict: fc.option(fc.constantFrom('approved', 'changes_requested', 'merged', 'closed')),
    at: count,
    id: count,
    rounds: count,
  }),
  ended: fc.option(
    fc.record({ token: count, worker: text, report: fc.constantFrom('completed' as const, 'expired' as const) }),
  ),
  usage: fc.record({ input_tokens: count, output_tokens: count, cost_usd: count, seconds: count }),
  usd_before: count,
  queued_at: count,
  changed_at: count,
  version: count,
  seq: count,
  correlation_id: text,
})

describe('a job as an item', () => {
  it('comes back as it was, also by way of the wire', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const item = encodeJob(job, KEY)
        expect(item).toMatchObject(KEY)
        const noted: Job = { ...job, news: { facts: job.facts, body: job.body } }
        expect(decodeJob(encodeJob(noted, KEY))).toEqual(noted)
        expect(decodeJob(item)).toEqual(job)
        expect(decodeJob(unmarshall(marshall(item, { removeUndefinedValues: true })))).toEqual(job)
      }),
    )
  })

  it('of the ordinary sort stays below 1 KB with its lease: one write unit', () => {
    const facts = { ...someFacts(12_345), title: 'x'.repeat(100), labels: ['ai-ready', 'enhancement', 'priority:high'] }
    const job = opened(aKey(12_345, 'a-long-organisation/and-a-long-repository'), facts, bodyOf('x'.repeat(256)), at)
    const lease = leased({ ...job, correlation_id: crypto.randomUUID() }, 'worker-0123456789', POLICY, at)

    expect(JSON.stringify(encodeJob(lease, KEY)).length).toBeLessThan(1_024)
  })

  it('has no half of a surrogate pair in it, which DynamoDB would not take', () => {
    const facts = { ...someFacts(1), title: 'a\ud83d', labels: ['\ude00'] }
    const item = encodeJob(opened(aKey(1), facts, { kind: 'inline', text: '\ud83d' }, at), KEY)

    expect(item).toMatchObject({ title: 'a\ufffd', labels: ['\ufffd'], body: '\ufffd' })
    expect(encodeFinish({ outcome: 'failed', at: 1, pr_url: null, error: '\ud83d' })).toEqual({
      outcome: 'failed',
      at: 1,
      error: '\ufffd',
    })
  })

  it('leaves out what is nothing', () => {
    expect(encodeUsage({ input_tokens: 0, output_tokens: 7, cost_usd: 0, seconds: 0 })).toEqual({ used_output: 7 })
  })

  it.each([
    ['in a state this code does not know', { state: 'dreaming' }],
    ['leased without a lease', { state: 'leased' }],
    ['finished without an end', { state: 'finished' }],
    ['of an unknown priority', { priority: 'whenever' }],
  ])('%s is refused', (_name, change) => {
    const item = encodeJob(opened(aKey(1), someFacts(1), bodyOf(''), at), KEY)
    expect(() => decodeJob({ ...item, ...change })).toThrow()
  })
})

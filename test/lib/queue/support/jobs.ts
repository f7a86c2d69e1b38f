/** Jobs in each state, and generators of arbitrary ones. */
import fc from 'fast-check'
import { leased, opened, type Policy } from '#lib/queue/decide'
import { type Job, PRIORITIES } from '#lib/queue/model'
import { START } from '#test/helpers/clock'
import { aKey, POLICY, someFacts } from '#test/helpers/queue'

export const at = (now: number) => ({ now, correlation_id: 'test' })

export const aPendingJob = (number = 1): Job =>
  opened(aKey(number), someFacts(number), { kind: 'inline', text: 'Body' }, at(START))

export const aLeasedJob = (worker = 'w1', policy: Policy = POLICY, job: Job = aPendingJob()): Job =>
  leased(job, worker, policy, at(START))

export const anOutcome = (kind: 'completed' | 'failed' | 'rate_limited' | 'infrastructure' | 'released') => ({
  kind,
  pr_url: 'https://github.com/acme/shop/pull/9',
  error: kind === 'completed' ? null : 'It broke.',
  usage: { input_tokens: 1, output_tokens: 2, cost_usd: 0.5, seconds: 3 },
})

/** Any waiting job, of any urgency and age, in one of a few repositories. */
export const anyJob: fc.Arbitrary<Job> = fc
  .record({
    number: fc.integer({ min: 1, max: 2_000_000_000 }),
    repository: fc.constantFrom('a/a', 'a/b', 'a-b/c', 'acme/shop'),
    priority: fc.constantFrom(...PRIORITIES),
    created_at: fc.integer({ min: 0, max: Date.UTC(2200, 0) }),
  })
  .map(({ number, repository, priority, created_at }) => {
    const facts = { ...someFacts(number), priority, created_at }
    return opened(aKey(number, repository), facts, { kind: 'inline', text: '' }, at(START))
  })

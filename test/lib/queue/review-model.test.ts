/** Anything may happen to finished work, in any order and several times: the gate tells the truth, and work goes on. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import { createGate } from '#lib/queue/gate'
import type { Job } from '#lib/queue/model'
import { createQueue } from '#lib/queue/queue'
import { isRework, standpointOf } from '#lib/queue/review'
import { createReviews } from '#lib/queue/reviews'
import { createTracking } from '#lib/queue/tracking'
import { createReviewStore } from '#lib/store/reviews'
import { aKey, aQueue, aReport, POLICY, REPOSITORY } from '#test/helpers/queue'
import { witnessed } from './support/stores.ts'

const LIMIT = 2
const ISSUES = 5
const WORKERS = ['w1', 'w2', 'w3']

type Act =
  | { readonly kind: 'ask' | 'complete' | 'fail'; readonly worker: number }
  /** A word on the pull request of an issue, by the clock of now or of a while ago. */
  | { readonly kind: 'word'; readonly issue: number; readonly verdict: number; readonly age: number }
  /** The word that was said last, once more. */
  | { readonly kind: 'again'; readonly back: number }
  /** The stream: so many changes in order, then perhaps the last few of them once more. */
  | { readonly kind: 'pump'; readonly count: number; readonly repeat: number }

const anAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), worker: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('complete' as const), worker: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), worker: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('word' as const),
      issue: fc.integer({ min: 1, max: ISSUES }),
      verdict: fc.nat(5),
      age: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), back: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pump' as const), count: fc.nat(6), repeat: fc.nat(3) }) },
)
const VERDICTS = ['changes_requested', 'changes_requested', 'approved', 'approved', 'merged', 'closed'] as const

async function aWorld() {
  const base = await aQueue()
  const { store, changes } = witnessed(base.store)
  const reviewStore = createReviewStore(base.table)
  const { clock } = base
  const ports = { store, reviews: reviewStore, clock, limit: LIMIT, repositories: async () => [REPOSITORY] }
  const tracking = createTracking(ports)
  const reviews = createReviews({ ...ports, tracking })
  const gate = createGate(ports)
  const queue = createQueue({ ...ports, gate, chance: () => 0, policy: POLICY, isPullRequest: () => true })
  const leases = new Map<string, { number: number; token: number }>()
  const words: Parameters<typeof reviews.observe>[0][] = []
  let told = 0

  /** What is true: the records themselves. */
  async function truth() {
    const keys = Array.from({ length: ISSUES }, (_, at) => aKey(at + 1))
    const jobs = await Promise.all(keys.map((key) => store.record(key)))
    return jobs.filter((job) => job !== undefined)
  }

  const awaiting = (jobs: readonly Job[]) => jobs.filter((job) => standpointOf(job)?.standing === 'awaiting').length

  async function pump(count: number, repeat: number) {
    const upTo = Math.min(changes.length, told + count)
    const from = Math.max(0, upTo - (upTo > told ? upTo - told : 0) - repeat)
    for (let at = from; at < upTo; at++) {
      const after = changes[at]!
      const before = changes.slice(0, at).findLast((job) => job.key.number === after.key.number)
      await tracking.follow(before, after)
    }
    told = Math.max(told, upTo)
  }

  async function act(it: Act) {
    clock.advance(seconds(2))
    if (it.kind === 'pump') return pump(it.count, it.repeat)
    if (it.kind === 'again') {
      const word = words[words.length - 1 - it.back]
      return word && reviews.observe(word)
    }
    if (it.kind === 'word') {
      const at = clock.now() - it.age * 3_000
      const verdict = VERDICTS[it.verdict]!
      const about = { repository: REPOSITORY, pull: it.issue + 100, feedback: `Said at ${at}`, correlation_id: 'word' }
      words.push({ ...about, verdict, at, review: words.length })
      return reviews.observe(words.at(-1)!)
    }
    const worker = WORKERS[it.worker]!
    if (it.kind === 'ask') return ask(worker)
    return end(worker, it.kind === 'complete' ? 'completed' : 'failed')
  }

  async function ask(worker: string) {
    // The stream has been read to its end, so the gate knows all that is true.
    const isKnownClosed = told === changes.length && awaiting(await truth()) >= LIMIT
    const answer = await queue.next({ worker, capabilities: [], ip: null, correlation_id: 'ask' })
    if (answer.kind !== 'work') return 'nothing'
    const { key, token } = answer.job
    const isHeld = leases.get(worker)?.token === token && leases.get(worker)?.number === key.number
    if (!isHeld && isKnownClosed) expect(isRework(answer.job), 'what is leased past a closed gate').toBe(true)
    leases.set(worker, { number: key.number, token })
    return 'work'
  }

  async function end(worker: string, kind: 'completed' | 'failed') {
    const lease = leases.get(worker)
    leases.delete(worker)
    if (lease === undefined) return
    const pr_url = `https://github.com/${REPOSITORY}/pull/${lease.number + 100}`
    const error = kind === 'failed' ? 'It broke.' : null
    const report = aReport({ ...lease, worker, kind, pr_url: kind === 'completed' ? pr_url : null, error })
    // A merge may have ended it under the worker's hands, or the lease ran out.
    await queue
      .report(report)
      .catch((refused: { code: string }) => expect(['already_finished', 'lease_lost']).toContain(refused.code))
  }

  return { ...base, queue, reviews, reviewStore, tracking, changes, truth, awaiting, act, ask, end, pump, store }
}

/** Each review starts one rework at most. */
function expectOneReworkEach(changes: readonly Job[]): void {
  const causes = changes
    .filter((job) => job.state.kind === 'pending' && job.review.verdict === 'changes_requested')
    .map(({ key, review }) => `${key.number}/${review.at}/${review.id}/${review.rounds}`)
  const byReview = Map.groupBy(new Set(causes), (cause) => cause.split('/').slice(0, 3).join('/'))
  for (const [review, rounds] of byReview) expect(rounds, review).toHaveLength(1)
}

describe('finished work to which anything may happen', () => {
  it('is counted truly, is sent back once for each review, and never stops for good', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anAct, { minLength: 10, maxLength: 60 }), async (acts) => {
        const world = await aWorld()
        const { truth, awaiting, pump, changes } = world
        await world.has(...Array.from({ length: ISSUES }, (_, at) => at + 1))
        for (const it of acts) await world.act(it)

        await pump(changes.length, 0)
        const jobs = await truth()
        const { repositories } = await world.reviews.status()
        expect(repositories[0]?.pending_count).toBe(awaiting(jobs))
        const isClosed = (await world.reviewStore.gates({ consistent: true })).closed.includes(REPOSITORY)
        expect(isClosed).toBe(awaiting(jobs) >= LIMIT)
        expectOneReworkEach(changes)

        await finishAll(world)
      }),
      { numRuns: 25 },
    )
  })

  /** With people who merge what awaits them, everything ends; never more await than the limit and the leases in flight. */
  async function finishAll(world: Awaited<ReturnType<typeof aWorld>>): Promise<void> {
    const { ask, end, pump, changes, truth, awaiting, clock } = world
    for (let round = 0; round < 40; round++) {
      clock.advance(seconds(700))
      const before = awaiting(await truth())
      const asked = await Promise.all(WORKERS.map((worker) => ask(worker)))
      const inFlight = asked.filter((answer) => answer === 'work').length
      for (const worker of WORKERS) await end(worker, 'completed')
      await pump(changes.length, 0)
      const jobs = await truth()
      expect(awaiting(jobs)).toBeLessThanOrEqual(Math.max(before, LIMIT) + inFlight)
      if (jobs.length === ISSUES && jobs.every(({ state }) => state.kind === 'finished')) return
      for (const { key } of jobs.filter((job) => standpointOf(job)?.standing === 'awaiting')) {
        const said = { repository: REPOSITORY, number: key.number, feedback: null, correlation_id: 'o' }
        await world.reviews.say({ ...said, verdict: 'merged' })
      }
    }
    throw new Error('the work did not come to an end')
  }
})

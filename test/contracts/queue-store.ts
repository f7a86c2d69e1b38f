/**
 * What every QueueStore must do. The rules that keep the queue whole:
 * - a ticket of version v is put unless one as new stands there, and taken out only as that version;
 * - a record is saved over what was read or something older, never over anything newer, and a repeat of the same save is
 *   acknowledged again;
 * - a completion is accepted by the live lease alone, once;
 * - a worker's record is saved only over the version that was read.
 */
import { describe, expect, it } from 'vitest'
import { bodyOf } from '#lib/queue/body'
import { leased, NO_USAGE, opened, refreshed, reported, withdrawn } from '#lib/queue/decide'
import type { IssueFacts, Job, WorkerRecord } from '#lib/queue/model'
import type { Completion, QueueStore } from '#lib/queue/ports'
import { START } from '#test/helpers/clock'
import { aKey, POLICY, someFacts } from '#test/helpers/queue'

const at = (now: number) => ({ now, correlation_id: 'contract' })
const LONG = 'A long body. '.repeat(500)

const aJob = (number = 1, facts: IssueFacts = someFacts(number), text = 'Body'): Job =>
  opened(aKey(number), facts, bodyOf(text), at(START))

const aWorker = (id = 'w1'): WorkerRecord => ({
  id,
  first_seen: START,
  last_seen: START,
  total_tasks: 0,
  capabilities: ['node', 'docker'],
  ip: '10.0.0.7',
  pointer: { key: aKey(1), token: 1, version: 2, expires_at: START + 1000 },
  version: 0,
})

const aCompletion = (over: Partial<Completion> = {}): Completion => ({
  key: aKey(1),
  claim: { worker: 'w1', token: 1 },
  finish: { outcome: 'completed', at: START + 1000, pr_url: 'https://github.com/acme/shop/pull/9', error: null },
  usage: { input_tokens: 10, output_tokens: 20, cost_usd: 0.125, seconds: 30 },
  correlation_id: 'done',
  ...over,
})

/** Runs the contract; `create` makes a fresh, empty store. */
export function queueStoreContract(name: string, create: () => Promise<QueueStore>): void {
  describe(`queue store: ${name}`, () => {
    describe('the ready line', () => {
      it('stands in order of urgency, and is read in pages', async () => {
        const store = await create()
        const labels = ['priority:low', 'priority:high', 'bug', 'priority:critical', 'priority:high']
        for (const [n, label] of labels.entries()) await store.enqueue(aJob(n + 1, someFacts(n + 1, [label])))

        const first = await store.ready(3)
        const second = await store.ready(3, first.cursor)

        expect([...first.items, ...second.items].map((job) => job.key.number)).toEqual([4, 2, 5, 3, 1])
        expect(second.cursor).toBeUndefined()
      })

      it('can be read on from behind any ticket, even one that is gone', async () => {
        const store = await create()
        for (const n of [1, 2, 3]) await store.enqueue(aJob(n))
        await store.dequeue(aJob(2))

        const rest = await store.ready(10, store.behind(aJob(2)))

        expect(rest.items.map((job) => job.key.number)).toEqual([3])
      })

      it('gives back the ticket as it was put', async () => {
        const store = await create()
        const job = aJob()

        expect(await store.enqueue(job)).toBe(true)
        expect((await store.ready(10)).items).toEqual([job])
        expect(await store.find(job.key)).toEqual(job)
        expect(await store.record(job.key)).toBeUndefined()
      })

      it('takes a newer ticket in place of an older one, never the other way round', async () => {
        const store = await create()
        const old = aJob()
        const next = refreshed(old, { ...old.facts, title: 'New' }, old.body, at(START))
        await store.enqueue(next)

        expect(await store.enqueue(old)).toBe(false)
        expect(await store.enqueue(next)).toBe(false)
        await store.dequeue(old)
        expect((await store.ready(10)).items).toEqual([next])
        await store.dequeue(next)
        await store.dequeue(next)
        expect((await store.ready(10)).items).toEqual([])
      })

      it('finds a ticket far behind others', async () => {
        const store = await create()
        await Promise.all(Array.from({ length: 30 }, (_, n) => store.enqueue(aJob(n + 1))))

        expect((await store.find(aKey(30)))?.key.number).toBe(30)
        expect(await store.find(aKey(31))).toBeUndefined()
      })
    })

    describe('a record', () => {
      it('is saved when nothing newer than what was read is there, and found before the ticket', async () => {
        const store = await create()
        const job = aJob()
        await store.enqueue(job)
        const lease = leased(job, 'w1', POLICY, at(START))

        expect(await store.save(lease, job)).toEqual({ kind: 'saved' })
        expect(await store.record(job.key)).toEqual(lease)
        expect(await store.find(job.key)).toEqual(lease)
        expect(await store.records([job.key, aKey(2)])).toEqual([lease])
      })

      it('is refused with what stands there when another was quicker', async () => {
        const store = await create()
        const job = aJob()
        const mine = leased(job, 'w1', POLICY, at(START))
        const other = leased(job, 'w2', POLICY, at(START))
        await store.save(mine, job)

        expect(await store.save(other, job)).toEqual({ kind: 'stale', current: mine })
        expect(await store.record(job.key)).toEqual(mine)
      })

      it('saved once more, its first reply lost, is saved', async () => {
        const store = await create()
        const job = aJob()
        const lease = { ...leased(job, 'w1', POLICY, at(START)), usage: { ...NO_USAGE, cost_usd: 0.1 + 0.2 } }
        await store.save(lease, job)

        expect(await store.save(lease, job)).toEqual({ kind: 'saved' })
      })

      it('keeps every state and everything a job may hold', async () => {
        const store = await create()
        const usage = { input_tokens: 1, output_tokens: 2, cost_usd: 0.3, seconds: 4 }
        const outcome = { kind: 'failed', pr_url: null, error: 'It broke: "\u0007"\n', usage } as const
        let job = aJob()
        for (const step of [
          (it: Job) => leased(it, 'w1', POLICY, at(START)),
          (it: Job) => reported(it, outcome, POLICY, at(START + 5)),
          (it: Job) => leased(it, 'w2', POLICY, at(START + 6)),
          (it: Job) => withdrawn(it, 'The issue was closed.', at(START + 7)),
        ]) {
          const next = step(job)
          await store.save(next, job)
          expect(await store.record(job.key)).toEqual(next)
          job = next
        }
      })
    })

    describe('a completion', () => {
      async function aLease() {
        const store = await create()
        const job = aJob()
        const lease = leased(job, 'w1', POLICY, at(START))
        await store.save(lease, job)
        return { store, lease }
      }

      it('by the live lease finishes the job as its report would have, in one write', async () => {
        const { store, lease } = await aLease()
        const { finish, usage } = aCompletion()
        const outcome = { kind: 'completed', pr_url: finish.pr_url, error: null, usage } as const
        const expected = reported(lease, outcome, POLICY, { now: finish.at, correlation_id: 'done' })

        expect(await store.complete(aCompletion())).toEqual({ kind: 'saved' })
        expect(await store.record(aKey(1))).toEqual(expected)
      })

      it.each([
        ['by another worker', { claim: { worker: 'w2', token: 1 } }],
        ['by an older or newer lease', { claim: { worker: 'w1', token: 2 } }],
        ['at the very end of the lease', { finish: { ...aCompletion().finish, at: START + POLICY.leaseMs } }],
        ['of a job that was never leased', { key: aKey(2) }],
      ])('%s is refused and changes nothing', async (_name, over) => {
        const { store, lease } = await aLease()

        expect(await store.complete(aCompletion(over))).toMatchObject({ kind: 'stale' })
        expect(await store.record(aKey(1))).toEqual(lease)
        expect(await store.record(aKey(2))).toBeUndefined()
      })

      it('is accepted once', async () => {
        const { store } = await aLease()
        await store.complete(aCompletion())
        const once = await store.record(aKey(1))

        expect(await store.complete(aCompletion())).toMatchObject({ kind: 'stale' })
        expect(await store.record(aKey(1))).toEqual(once)
      })
    })

    describe('a body', () => {
      it('is kept inside its job or apart, and given back whole', async () => {
        const store = await create()
        for (const text of ['', 'Short', LONG, `🚣 ${LONG}\u0000`]) {
          const job = aJob(1, someFacts(1), text)
          await store.keepBody(job.key, job.body, text)
          await store.keepBody(job.key, job.body, text)
          expect(await store.body(job)).toBe(text)
        }
      })

      it('that was never kept is empty', async () => {
        const store = await create()

        expect(await store.body(aJob(1, someFacts(1), LONG))).toBe('')
      })
    })

    describe('the history of a repository', () => {
      it('begins with the highest number and holds no other repository', async () => {
        const store = await create()
        for (const n of [2, 10, 1]) await store.save(withdrawn(aJob(n), 'closed', at(START)), { version: 1 })
        const strange = { ...withdrawn(aJob(3), 'closed', at(START)), key: aKey(3, 'acme/other') }
        await store.save(strange, { version: 1 })

        const first = await store.history('acme/shop', 2)
        const second = await store.history('acme/shop', 2, first.cursor)

        expect([...first.items, ...second.items].map((job) => job.key.number)).toEqual([10, 2, 1])
      })
    })

    describe('a worker', () => {
      it('is saved over the version that was read, and only over that', async () => {
        const store = await create()

        expect(await store.worker('w1')).toBeUndefined()
        expect(await store.saveWorker(aWorker())).toBe(true)
        expect(await store.saveWorker(aWorker())).toBe(false)
        expect(await store.worker('w1', { consistent: true })).toEqual({ ...aWorker(), version: 1 })
        expect(await store.saveWorker({ ...aWorker(), version: 1, pointer: null, ip: null })).toBe(true)
        expect(await store.worker('w1', { consistent: true })).toMatchObject({ version: 2, pointer: null, ip: null })
      })

      it('is listed with the others, in pages', async () => {
        const store = await create()
        for (const id of ['w3', 'w1', 'w2']) await store.saveWorker(aWorker(id))

        const first = await store.workers(2)
        const second = await store.workers(2, first.cursor)

        expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['w1', 'w2', 'w3'])
      })

      it('that came too late leaves a note of its pull request', async () => {
        const store = await create()
        const note = { key: aKey(1), worker: 'w1', pr_url: 'https://github.com/acme/shop/pull/9', at: START }

        await expect(store.noteOrphan(note)).resolves.toBeUndefined()
      })
    })
  })
}

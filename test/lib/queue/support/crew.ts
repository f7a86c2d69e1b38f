/** A queue worked by processes that may die, and the questions to ask of it afterwards. */
import { expect } from 'vitest'
import { minutes } from '#lib/clock'
import type { Policy } from '#lib/queue/decide'
import type { Job } from '#lib/queue/model'
import { createOverlap } from '#lib/queue/overlap'
import type { QueueStore } from '#lib/queue/ports'
import { createQueue, type Queue } from '#lib/queue/queue'
import { aQueue, aReport, POLICY, REPOSITORY } from '#test/helpers/queue'
import { witnessed } from './stores.ts'

const overlap = createOverlap()

export type Crew = Awaited<ReturnType<typeof aCrew>>

export async function aCrew(policy: Partial<Policy> = {}) {
  const base = await aQueue({ policy })
  const { store, changes } = witnessed(base.store)

  /** A process of its own over the same table, or over what is left of it. */
  function process(over: QueueStore = store): Queue {
    return createQueue({
      store: over,
      overlap,
      clock: base.clock,
      chance: () => 0.5,
      policy: { ...POLICY, ...policy },
      repositories: async () => [REPOSITORY],
      isPullRequest: () => true,
    })
  }

  /** Fresh workers take and complete all there is, waiting out every lease and every delay. */
  async function drain(): Promise<readonly number[]> {
    const queue = process()
    const completed: number[] = []
    for (let n = 0, idle = 0; idle < 3; n++) {
      const worker = `drain-${n}`
      const answer = await ask(queue, worker)
      if (answer.kind === 'none') {
        idle += 1
        base.clock.advance(minutes(20))
        continue
      }
      idle = 0
      const { key, token } = answer.job
      await queue.report(aReport({ worker, number: key.number, kind: 'completed', token }))
      completed.push(key.number)
    }
    return completed.toSorted((a, b) => a - b)
  }

  const queue = process()

  /** Leases and insists that there was something to lease. */
  async function lease(worker: string) {
    const answer = await ask(queue, worker)
    if (answer.kind !== 'work') throw new Error(`nothing for ${worker}`)
    return { number: answer.job.key.number, token: answer.job.token, job: answer.job }
  }

  const { clock, table, client, has, unknown } = base
  return { clock, table, client, has, unknown, store, changes, queue, process, lease, drain }
}

export function ask(queue: Queue, worker: string) {
  return queue.next({ worker, capabilities: [], ip: null, correlation_id: `ask-${worker}` })
}

/** What must be true of every history of changes, whatever died in between. */
export function expectSound(changes: readonly Job[], policy: Policy = POLICY): void {
  const newest = new Map<number, Job>()
  const completions = new Set<string>()
  for (const job of changes) {
    const { number } = job.key
    const before = newest.get(number)
    if (before !== undefined && before.version === job.version) expect(job).toEqual(before)
    else expectStep(before, job, completions)
    expect(job.counts.failures).toBeLessThanOrEqual(policy.maxAttempts)
    expect(job.counts.workers_lost).toBeLessThanOrEqual(policy.maxWorkersLost)
    newest.set(number, job)
  }
}

function expectStep(before: Job | undefined, job: Job, completions: Set<string>): void {
  expect(job.version).toBe((before?.version ?? 1) + 1)
  const token = before?.token ?? 0
  const isNewLease = job.state.kind === 'leased' && job.token !== token
  expect(job.token).toBe(isNewLease ? token + 1 : token)
  if (isNewLease) expect(before?.state.kind ?? 'pending').toBe('pending')
  if (job.state.kind === 'leased') expect(job.state.lease.expires_at).toBeGreaterThan(job.state.lease.leased_at)
  if (job.state.kind === 'finished' && job.state.finish.outcome === 'completed') {
    const name = `${job.key.number}/${job.token}`
    expect(completions.has(name), `two completions of ${name}`).toBe(false)
    completions.add(name)
  }
}

/** Nothing was lost: every job is finished, and no ticket is left in the line. */
export async function expectAllDone({ store }: Pick<Crew, 'store'>, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const job = await store.record({ repository: REPOSITORY, number })
    expect(job?.state.kind, `issue ${number}`).toBe('finished')
  }
  expect((await store.ready(100)).items).toEqual([])
}

/** A queue on a real table, with a clock of its own, and issues to put into it. */
import type { Policy } from '#lib/queue/decide'
import type { IssueFacts, JobKey } from '#lib/queue/model'
import { priorityOf } from '#lib/queue/order'
import { createQueue } from '#lib/queue/queue'
import type { Report } from '#lib/queue/reports'
import { createDayBudget } from '#lib/queue/spending'
import { createQueueStore } from '#lib/store/queue'
import { createTallies } from '#lib/store/tally'
import { aClock, START } from './clock.ts'
import { aTable } from './dynamodb.ts'

export const REPOSITORY = 'acme/shop'

export const POLICY: Policy = {
  leaseMs: 600_000,
  maxAttempts: 2,
  maxWorkersLost: 3,
  maxPostponed: 20,
  retryDelayMs: 0,
}

export const aKey = (number: number, repository = REPOSITORY): JobKey => ({ repository, number })

export function someFacts(number: number, labels: readonly string[] = ['ai-ready']): IssueFacts {
  return {
    title: `Issue ${number}`,
    labels,
    priority: priorityOf(labels),
    author: 'mona',
    association: 'MEMBER',
    created_at: START + number * 1000,
    updated_at: START + number * 1000,
  }
}

interface QueueOverrides {
  readonly policy?: Partial<Policy>
  readonly repositories?: readonly string[]
  readonly usdPerDay?: number
}

export async function aQueue(overrides: QueueOverrides = {}) {
  const { table, client, name, endpoint } = await aTable()
  const clock = aClock()
  const unknown: string[] = []
  const store = createQueueStore(table, (key) => unknown.push(key.sk))
  const policy = { ...POLICY, ...overrides.policy }
  const repositories = async () => overrides.repositories ?? [REPOSITORY]
  const chance = () => 0.5
  const isPullRequest = (url: string, repository: string) => url.startsWith(`https://github.com/${repository}/pull/`)
  const { usdPerDay } = overrides
  const { spentOn } = createTallies(table)
  const dayBudget = usdPerDay === undefined ? undefined : createDayBudget({ usdPerDay, spentOn })
  const queue = createQueue({ store, clock, chance, policy, repositories, isPullRequest, dayBudget })

  return {
    queue,
    store,
    table,
    client,
    name,
    endpoint,
    clock,
    unknown,
    async has(...numbers: number[]) {
      for (const n of numbers) await queue.add(aKey(n), someFacts(n), `Body of ${n}`, 'setup')
    },
    ask: (worker: string) => queue.next({ worker, capabilities: [], ip: null, correlation_id: `ask-${worker}` }),
    /** Leases and insists that there was something to lease. */
    async lease(worker: string) {
      const answer = await queue.next({ worker, capabilities: [], ip: null, correlation_id: `ask-${worker}` })
      if (answer.kind !== 'work' || answer.job.state.kind !== 'leased') throw new Error(`nothing for ${worker}`)
      const { token, expires_at } = answer.job.state.lease
      return {
        number: answer.job.key.number,
        repository: answer.job.key.repository,
        token,
        expires_at,
        job: answer.job,
      }
    },
  }
}

/** Leaves a worker's pointer where a crash would: leading to a job that another has taken. */
export async function leavePointer(world: Awaited<ReturnType<typeof aQueue>>, worker: string, number: number) {
  const { store, clock } = world
  const seen = {
    first_seen: clock.now(),
    last_seen: clock.now(),
    total_tasks: 1,
    capabilities: [],
    ip: null,
    version: 0,
  }
  const pointer = { key: aKey(number), token: 1, version: 2, expires_at: clock.now() }
  await store.saveWorker({ id: worker, ...seen, pointer })
}

/** A report with everything a test does not care about filled in. */
export function aReport(over: Partial<Report> & Pick<Report, 'worker' | 'number' | 'kind'>): Report {
  return {
    repository: REPOSITORY,
    token: undefined,
    pr_url: null,
    error: null,
    usage: { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 },
    correlation_id: 'test',
    ...over,
  }
}

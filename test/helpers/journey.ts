/** The whole way of an issue: a stand-in GitHub, the poll, the table and its stream, the relay and the flusher, by hand. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import { onTestFinished } from 'vitest'
import { seconds } from '#lib/clock'
import type { JobChange } from '#lib/events/change'
import { createRelay } from '#lib/events/relay'
import { createGitHubSink } from '#lib/events/sinks/github'
import type { ClientOptions } from '#lib/github/client'
import { createFlusher } from '#lib/github/flush'
import { createIssueSource } from '#lib/github/source'
import { createIssueStates } from '#lib/github/states'
import { createIssueWriter } from '#lib/github/writer'
import { createOperations } from '#lib/queue/operations'
import { createPoll, type PollPorts } from '#lib/queue/poll'
import { meter } from '#lib/store/client'
import { createCounts } from '#lib/store/counts'
import { createLedger } from '#lib/store/ledger'
import { createPollStore } from '#lib/store/polls'
import { changeOf } from '#lib/store/stream'
import { startGitHub } from '#sandbox/github/server'
import { createFollower, createStreamsClient } from '#sandbox/stack/stream'
import { aClient } from './github.ts'
import { aKey, aQueue, aReport, REPOSITORY } from './queue.ts'

export const TRIGGER = 'ai-ready'
const TOKEN = 'test-token'
/** More rounds than any test needs to pay its debts. */
const MAX_ROUNDS = 20

type ClientParts = Omit<Partial<ClientOptions>, 'clock'>

export async function aJourney(options: Parameters<typeof aQueue>[0] = {}) {
  const { repositories = [REPOSITORY] } = options
  const world = await aQueue({ ...options, repositories })
  const { clock, table, store, client: dynamodb } = world
  const dataDir = await mkdtemp(join(tmpdir(), 'coxswain-journey-'))
  const github = await startGitHub({ port: 0, dataDir, clock, token: TOKEN })
  onTestFinished(async () => {
    await github.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  for (const name of repositories) await github.seed.repository(name)

  const polls = createPollStore(table)
  const ledger = createLedger(table, clock)
  const counts = createCounts(table)
  const relay = createRelay([createGitHubSink({ owe: ledger.owe, trigger: TRIGGER })])
  const stream = await aStream(world)
  const told: JobChange[] = []
  let uuids = 0
  const ids = { uuid: () => `uuid-${++uuids}`, secret: () => '' }

  /** A poll as a process of its own, with a client that has heard nothing yet; `change` makes its world a worse one. */
  function aPoller(change: (ports: PollPorts) => PollPorts = (ports) => ports, told: ClientParts = {}) {
    const { client } = aClient(github.url, { clock, timeoutMs: 2_000, ...told })
    const source = createIssueSource({ client })
    const states = createIssueStates({ client })
    const ports = change({ source, states, polls, store, operations: world.queue, clock, ids, trigger: TRIGGER })
    return createPoll({ ...ports, operations: createOperations({ store: ports.store, clock }) })
  }

  const { client: writing } = aClient(github.url, { clock, timeoutMs: 2_000 })
  const flusher = createFlusher({
    ledger,
    writer: createIssueWriter({ client: writing }),
    clock,
    ids,
    sleep: async (ms) => clock.advance(ms),
    options: { maxWrites: 60, deadlineMs: seconds(50) },
  })

  async function pump(): Promise<void> {
    for (let records = await stream(); records.length > 0; records = await stream()) {
      const batch = records.map((record) => ({ id: record.eventID ?? '', change: changeOf(record) }))
      await counts.add(batch, clock.now())
      for (const { change } of batch) {
        if (change === undefined) continue
        told.push(change)
        await relay(change)
      }
    }
  }

  return {
    ...world,
    github,
    polls,
    ledger,
    counts,
    relay,
    /** Every change the stream told, oldest first. */
    told,
    aPoller,
    pump,
    flush: flusher.flush,
    /** Polls by a fresh process. */
    poll: (repository = REPOSITORY) => aPoller()(repository, 'poll'),
    /** Lets everything that was committed reach GitHub. */
    async catchUp() {
      await pump()
      for (let round = 0; round < MAX_ROUNDS && (await ledger.owed(1)).length > 0; round++) {
        await flusher.flush()
        clock.advance(seconds(60))
      }
    },
    issue: (title: string, more: { body?: string; labels?: readonly string[]; repository?: string } = {}) =>
      github.seed.issue({ repository: REPOSITORY, labels: [TRIGGER], ...more, title }),
    /** What a person changes on the page of an issue. */
    async edit(number: number, change: Record<string, unknown>, repository = REPOSITORY, by = 'ada') {
      const answer = await fetch(`${github.url}/repos/${repository}/issues/${number}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${TOKEN}`, 'x-stand-in-user': by },
        body: JSON.stringify(change),
      })
      if (!answer.ok) throw new Error(`GitHub answers ${answer.status}: ${await answer.text()}`)
    },
    labelsOf: (number: number, repository = REPOSITORY) =>
      github.stats().issues[`${repository}#${number}`]?.labels ?? [],
    commentsOn: (number: number, repository = REPOSITORY) =>
      github.stats().issues[`${repository}#${number}`]?.comments ?? 0,
    /** Calls to GitHub so far. */
    calls: () => Object.values(github.stats().calls).reduce((sum, count) => sum + count, 0),
    units: () => meter(dynamodb),
    async complete(worker: string, number: number, token: number) {
      const pr_url = `https://github.com/${REPOSITORY}/pull/${number + 100}`
      await world.queue.report(aReport({ worker, number, token, kind: 'completed', pr_url }))
    },
    async fail(worker: string, number: number, token: number) {
      await world.queue.report(aReport({ worker, number, token, kind: 'failed', error: 'It broke.' }))
    },
    job: (number: number, repository = REPOSITORY) => store.find(aKey(number, repository)),
  }
}

/** Reads the table's stream on from where the last call stopped. */
export async function aStream(world: Pick<Awaited<ReturnType<typeof aQueue>>, 'client' | 'name' | 'endpoint'>) {
  const { Table } = await world.client.send(new DescribeTableCommand({ TableName: world.name }))
  const client = createStreamsClient({ endpoint: world.endpoint, region: 'eu-central-1' })
  const follower = createFollower(client, Table?.LatestStreamArn ?? '', undefined)
  return async (): Promise<readonly DynamoDBRecord[]> => (await follower.read()).map(({ record }) => record)
}

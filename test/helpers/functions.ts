/** The functions as Lambda loads them: the environment first, then the modules, over a real table and a stand-in GitHub. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#lib/clock'
import type { HttpHandler } from '#lib/http/create-api'
import { createOperations } from '#lib/queue/operations'
import { createQueueStore } from '#lib/store/queue'
import { startGitHub } from '#sandbox/github/server'
import { aTable } from './dynamodb.ts'
import { type RequestOptions, send, tokenOf } from './http.ts'
import { aStream } from './journey.ts'
import { aKey, someFacts } from './queue.ts'

export const SHOP = 'acme/shop'
export const TILL = 'acme/till'
const TOKEN = 'test-token'
export const WEBHOOK_SECRET = 'test-secret'

const load = async () => ({
  'GET /health': (await import('#functions/health/get')).handler,
  'GET /work/next': (await import('#functions/work/next')).get,
  'POST /work/next': (await import('#functions/work/next')).post,
  'POST /work/heartbeat': (await import('#functions/work/heartbeat')).handler,
  'POST /work/complete': (await import('#functions/work/complete')).handler,
  'POST /work/failed': (await import('#functions/work/failed')).handler,
  'POST /work/release': (await import('#functions/work/release')).handler,
  'GET /queue': (await import('#functions/queue/list')).handler,
  'POST /queue/{owner}/{repo}/{issue}/retry': (await import('#functions/queue/retry')).handler,
  'POST /queue/{owner}/{repo}/{issue}/cancel': (await import('#functions/queue/cancel')).handler,
  'GET /pr-review/status': (await import('#functions/pr-review/status')).handler,
  'POST /pr-review/{verdict}/{number}': (await import('#functions/pr-review/say')).handler,
  'GET /workers': (await import('#functions/workers/list')).handler,
  'GET /workers/desired': (await import('#functions/workers/desired')).handler,
  'GET /workers/{id}': (await import('#functions/workers/get')).handler,
  'DELETE /workers/{id}': (await import('#functions/workers/retire')).handler,
  'GET /workers/{id}/logs': (await import('#functions/workers/logs')).handler,
  'POST /workers/check': (await import('#functions/workers/check')).now,
  'POST /github/poll': (await import('#functions/github/poll')).now,
  'POST /github/webhook': (await import('#functions/github/webhook')).handler,
  $default: (await import('#functions/http/no-route')).handler,
})

export type RouteName = keyof Awaited<ReturnType<typeof load>>

/** Sets the environment and loads every function. Once per test file: modules keep what they read. */
export async function startFunctions(environment: Readonly<Record<string, string>> = {}) {
  const local = await aTable()
  const dataDir = await mkdtemp(join(tmpdir(), 'coxswain-functions-'))
  const github = await startGitHub({ port: 0, dataDir, token: TOKEN })
  for (const name of [SHOP, TILL]) await github.seed.repository(name)
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    COXSWAIN_TABLE: local.name,
    DYNAMODB_ENDPOINT: local.endpoint,
    COXSWAIN_LOCAL: 'true',
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: TOKEN,
    GITHUB_REPO: '',
    GITHUB_REPOS: `${SHOP},${TILL}`,
    GITHUB_WRITES_PER_MINUTE: '100000',
    GITHUB_WRITES_PER_HOUR: '1000000',
    GITHUB_WEBHOOK_SECRET: WEBHOOK_SECRET,
    LOG_LEVEL: 'ERROR',
    MAX_PENDING_PRS: '10000',
    ...environment,
  })
  const routes = await load()
  const store = createQueueStore(local.table, () => undefined)
  const operations = createOperations({ store, clock: systemClock })
  const stream = await aStream(local)
  let next = 5_000

  const call = (route: RouteName, options: RequestOptions = {}) =>
    send(routes[route] as HttpHandler, { route, ...options })

  return {
    ...local,
    github,
    store,
    call,
    /** Calls as this worker, with its own token. */
    as:
      (worker: string) =>
      (route: RouteName, body?: unknown, options: RequestOptions = {}) =>
        call(route, { told: tokenOf(worker, 'worker'), body, ...options }),
    asOperator: (route: RouteName, options: RequestOptions = {}) =>
      call(route, { told: tokenOf('olga', 'operator'), ...options }),
    asReader: (route: RouteName, options: RequestOptions = {}) =>
      call(route, { told: tokenOf('rita', 'reader'), ...options }),
    /** Queues an issue older than those before it, so that it is leased before them; returns its number. */
    async anIssue({ repository = SHOP, number = --next, labels = ['ai-ready'] } = {}) {
      await operations.add(aKey(number, repository), someFacts(number, labels), `Body of ${number}`, 'setup')
      return number
    },
    /** Hands what the table's stream tells to its two consumers. */
    async pump(): Promise<void> {
      const { handler: relay } = await import('#functions/events/relay')
      const { handler: count } = await import('#functions/events/count')
      const { handler: deliveries } = await import('#functions/github/deliveries')
      for (let Records = await stream(); Records.length > 0; Records = await stream()) {
        const readers = [count, relay, deliveries]
        const answers = []
        for (const reader of readers) answers.push(await reader({ Records: [...Records] }))
        const batchItemFailures = answers.flatMap((answer) => answer.batchItemFailures)
        if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} records failed`)
      }
    },
    async stop() {
      await github.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** The world in which a sample is true: a table of its own, issue 7 of acme/shop in the state the sample speaks of. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { createTokens } from '#lib/auth/service'
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createQueue } from '#lib/queue/queue'
import { createTracking } from '#lib/queue/tracking'
import { createCounts } from '#lib/store/counts'
import { createLedger } from '#lib/store/ledger'
import { createQueueStore } from '#lib/store/queue'
import { createReviewStore } from '#lib/store/reviews'
import { createTokenStore } from '#lib/store/tokens'
import { type StandInGitHub, startGitHub } from '#sandbox/github/server'
import { aTable } from '#test/helpers/dynamodb'
import { aKey, aReport, POLICY, REPOSITORY, someFacts } from '#test/helpers/queue'
import { aFleet, type HostOptions, USER } from '#test/helpers/sshd'

const ISSUE = 7
const WORKER = 'worker-1'

export async function aWorld() {
  const { table, name, endpoint } = await aTable()
  const store = createQueueStore(table, () => undefined)
  const repositories = async () => [REPOSITORY]
  const queue = createQueue({
    store,
    clock: systemClock,
    chance: () => 0.5,
    policy: POLICY,
    repositories,
    isPullRequest: () => true,
  })

  return {
    env: { COXSWAIN_TABLE: name, DYNAMODB_ENDPOINT: endpoint, COXSWAIN_LOCAL: 'true', GITHUB_REPO: REPOSITORY },
    queued: () => queue.add(aKey(ISSUE), someFacts(ISSUE), 'Body of 7', 'setup'),
    async leased() {
      await this.queued()
      await queue.next({ worker: WORKER, capabilities: [], ip: null, correlation_id: 'setup' })
    },
    async completed() {
      await this.leased()
      const before = await store.record(aKey(ISSUE))
      const pr_url = `https://github.com/${REPOSITORY}/pull/8`
      await queue.report(aReport({ worker: WORKER, number: ISSUE, token: 1, kind: 'completed', pr_url }))
      const after = await store.record(aKey(ISSUE))
      const tracking = createTracking({ store, reviews: createReviewStore(table), limit: 5 })
      if (after !== undefined) await tracking.follow(before, after)
    },
    async withdrawn() {
      await this.queued()
      await queue.cancel(aKey(ISSUE), 'setup', 'setup')
    },
    knowsToken: (token: string) =>
      createTokens({ store: createTokenStore(table), clock: systemClock, ids: systemIds }).adopt(token, {
        scopes: ['worker'],
        owner: WORKER,
      }),
    stateOf: async () => (await store.find(aKey(ISSUE)))?.state.kind,
    counts: () => createCounts(table).read(),
    ledger: createLedger(table, systemClock),
  }
}

interface LocalGitHub {
  readonly github: StandInGitHub
  readonly env: Readonly<Record<string, string>>
}

/** The stand-in GitHub with acme/shop; `env` leads a function to it. */
export async function aGitHub({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<LocalGitHub> {
  const dataDir = await mkdtemp(join(tmpdir(), 'coxswain-samples-'))
  const github = await startGitHub({ port: 0, dataDir, token: 'sample' })
  onTestFinished(async () => {
    await github.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  await github.seed.repository(REPOSITORY)
  return { github, env: { GITHUB_API_URL: github.url, GITHUB_TOKEN: 'sample' } }
}

/** The host of worker-1 on a real sshd; `env` leads a function to it. */
export async function aHost({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, options: HostOptions = {}) {
  const fleet = await aFleet()
  onTestFinished(() => fleet.stop())
  const host = await fleet.host(options)
  const login = { WORKER_SSH_USER: USER, WORKER_SSH_KEY: fleet.privateKey, WORKER_KNOWN_HOSTS: host.known }
  const place = `127.0.0.1:${host.port}`
  return { env: { WORKER_IPS: `${WORKER}=${place}`, ALLOW_PRIVATE_URLS: place, ...login } }
}

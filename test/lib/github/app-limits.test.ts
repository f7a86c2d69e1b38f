/** Installations of one App: what GitHub tells the one is none of the other's. The table and the stand-in GitHub, by hand. */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import { connect, credentialOf, gatesOf, linesOf } from '#lib/github/credential'
import { createFlusher } from '#lib/github/flush'
import { createIssueSource } from '#lib/github/source'
import { createIssueStates } from '#lib/github/states'
import { createIssueWriter } from '#lib/github/writer'
import { systemIds } from '#lib/ids'
import { createPoll } from '#lib/queue/poll'
import { createLimitNote } from '#lib/store/gate'
import { createLedger } from '#lib/store/ledger'
import { createPollStore } from '#lib/store/polls'
import { anOwedWrite } from '#test/contracts/write-ledger'
import { aQueue } from '#test/helpers/queue'
import { ACME, aGitHub } from '#test/sandbox/github/helpers'

const GLOBEX = 'globex/web'
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PUBLIC = String(keys.publicKey.export({ type: 'spki', format: 'pem' }))
const PRIVATE = String(keys.privateKey.export({ type: 'pkcs8', format: 'pem' }))

/** Two accounts that installed the App, of which `acme` is about to be limited. */
async function aWorld() {
  const world = await aQueue({ repositories: [ACME, GLOBEX] })
  const { table, clock } = world
  const app = { id: '4711', publicKey: PUBLIC, installations: { 7: 'acme', 8: 'globex' } }
  const github = await aGitHub({ app, token: 'nobody-knows' })
  await github.seed.repository(GLOBEX)
  const credential = credentialOf({ GITHUB_APP_ID: '4711', GITHUB_APP_PRIVATE_KEY: PRIVATE })
  const client = connect(credential, github.url, (installation) => createLimitNote(table, installation))
  const issue = (repository: string) => github.seed.issue({ repository, title: 'Leak', labels: ['ai-ready'] })
  github.fail({ match: { path: /^\/repos\/acme\/shop\/issues/ }, times: 100, status: 403, retryAfter: 300 })
  const asked = () => github.stats().statuses['403'] ?? 0
  return { ...world, table, clock, github, credential, client, issue, asked }
}

describe('an installation that GitHub tells to wait', () => {
  it('holds up no poll of another', async () => {
    const { table, clock, store, queue, client, credential, issue, asked } = await aWorld()
    issue(ACME)
    issue(GLOBEX)
    const polls = gatesOf(credential, createPollStore(table))
    const [source, states] = [createIssueSource({ client }), createIssueStates({ client })]
    const poll = createPoll({
      source,
      states,
      polls,
      store,
      operations: queue,
      clock,
      ids: systemIds,
      trigger: 'ai-ready',
    })

    expect(await poll(ACME, 'test')).toMatchObject({ status: 'failed' })
    const before = asked()
    expect(await poll(GLOBEX, 'test')).toMatchObject({ status: 'reconciled', queued: 1 })
    expect(await poll(ACME, 'test')).toMatchObject({ status: 'failed' })
    expect(asked()).toBe(before)
  })

  it('holds up no writes to another, and is not asked again by the next flush', async () => {
    const { table, clock, client, credential, issue, github, asked } = await aWorld()
    const ledger = createLedger(table, clock)
    const flusher = createFlusher({
      ledger,
      writer: createIssueWriter({ client }),
      clock,
      ids: systemIds,
      sleep: async (ms) => clock.advance(ms),
      options: { maxWrites: 70, deadlineMs: seconds(50), lineOf: linesOf(credential) },
    })
    const numbers = [issue(ACME), issue(ACME), issue(GLOBEX)]
    for (const [at, repository] of [ACME, ACME, GLOBEX].entries()) {
      await ledger.owe(anOwedWrite({ repository, number: numbers[at] ?? 0, comments: [], owed_since: at }))
    }

    expect(await flusher.flush()).toMatchObject({ applied: 1, left: 2 })
    expect(github.stats().issues[`${GLOBEX}#${numbers[2]}`]?.labels).toContain('ai-in-progress')
    expect(asked()).toBe(1)

    await ledger.owe(anOwedWrite({ repository: GLOBEX, number: issue(GLOBEX), comments: [], owed_since: 9 }))
    expect(await flusher.flush()).toMatchObject({ applied: 1, left: 2 })
    expect(asked()).toBe(1)
  })
})

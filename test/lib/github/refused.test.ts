/** Debts that GitHub refuses: one of them must hold up no other. The table, the flusher and the stand-in GitHub, by hand. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hours, minutes, seconds } from '#lib/clock'
import { MAX_REFUSALS } from '#lib/github/debts'
import { createFlusher } from '#lib/github/flush'
import type { OwedWrite } from '#lib/github/ports'
import { writeHealth } from '#lib/github/standing'
import { createIssueWriter } from '#lib/github/writer'
import { owedKey, refusedKey } from '#lib/store/keys'
import { createLedger } from '#lib/store/ledger'
import { createPollStore } from '#lib/store/polls'
import type { FaultPlan } from '#sandbox/github/http/faults'
import { startGitHub } from '#sandbox/github/server'
import { anOwedWrite } from '#test/contracts/write-ledger'
import { aTable } from '#test/helpers/dynamodb'
import { aClient, aClock } from '#test/helpers/github'

const SHOP = 'acme/shop'
const TILL = 'acme/till'
const BOT = 'coxswain-bot'

async function aWorld() {
  const dataDir = await mkdtemp(join(tmpdir(), 'coxswain-refused-'))
  const clock = aClock()
  const github = await startGitHub({ port: 0, dataDir, clock, token: 'test-token' })
  onTestFinished(async () => {
    await github.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  await github.seed.repository(SHOP)
  await github.seed.repository(TILL)
  const { table } = await aTable()
  const ledger = createLedger(table, clock)
  const { client } = aClient(github.url, { clock, timeoutMs: 2_000 })
  const flusher = createFlusher({
    ledger,
    writer: createIssueWriter({ client }),
    clock,
    ids: { uuid: () => 'flusher', secret: () => '' },
    chance: () => 1,
    sleep: async (ms) => clock.advance(ms),
    options: { maxWrites: 70, deadlineMs: seconds(50) },
  })
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: 'Bearer test-token' }
    const answer = await fetch(`${github.url}/repos/${path}`, {
      ...{ method, headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    expect(answer.ok, `${method} ${path}`).toBe(true)
  }
  const issue = (repository = SHOP) => github.seed.issue({ repository, title: 'Leak', labels: ['ai-ready', 'bug'] })

  return {
    ...{ github, clock, ledger, client, issue, table },
    polls: createPollStore(table),
    flush: flusher.flush,
    /** Flushes once a minute, as the schedule does. */
    async flushFor(ms: number) {
      const end = clock.now() + ms
      while (clock.now() < end) {
        const began = clock.now()
        await flusher.flush()
        clock.advance(Math.max(0, began + minutes(1) - clock.now()))
      }
    },
    owe: (number: number, over: Partial<OwedWrite> = {}) =>
      ledger.owe(
        anOwedWrite({
          ...{ number, remove_labels: ['ai-ready'], owed_since: clock.now() - 1 },
          comments: [{ marker: 'completed:1', text: 'Done.' }],
          ...over,
        }),
      ),
    /** The bot may label but not comment, where a conversation is locked. */
    async lock(number: number) {
      github.seed.permission(SHOP, BOT, 'triage')
      await call('PUT', `${SHOP}/issues/${number}/lock`)
    },
    unlock: (number: number) => call('DELETE', `${SHOP}/issues/${number}/lock`),
    archive: (repository: string, archived: boolean) => call('PATCH', repository, { archived }),
    forbid: (plan: FaultPlan) => github.fail({ times: 1_000_000, ...plan }),
    on: (number: number, repository = SHOP) => github.stats().issues[`${repository}#${number}`],
    /** Writes that GitHub refused or took so far. */
    writes: () =>
      Object.entries(github.stats().calls).reduce((sum, [route, n]) => (/^(GET|HEAD)/.test(route) ? sum : sum + n), 0),
    async health() {
      const standing = await ledger.standing()
      return standing && writeHealth(standing, clock.now())
    },
  }
}

describe('a comment on a locked issue', () => {
  it('leaves its neighbour labelled within one flush, and its own labels shown', async () => {
    const { issue, owe, lock, flush, on, ledger } = await aWorld()
    const [locked, other] = [issue(), issue()]
    await lock(locked)
    await owe(locked)
    await owe(other, { comments: [] })

    expect(await flush()).toMatchObject({ applied: 1, failed: 1, left: 1 })

    expect(on(other)?.labels).toEqual(['bug', 'ai-in-progress'])
    expect(on(locked)).toMatchObject({ labels: ['bug', 'ai-in-progress'], comments: 0 })
    expect(await ledger.owed(10)).toMatchObject([
      {
        number: locked,
        labels_shown: true,
        trouble: { refusals: 1, error: expect.stringContaining('issue is locked') },
      },
    ])
  })

  it('backs off, is set aside after some tries, and is told once', async () => {
    const { issue, owe, lock, flush, flushFor, clock, ledger, writes, health } = await aWorld()
    const locked = issue()
    await lock(locked)
    await owe(locked)
    const before = writes()

    const reports = []
    for (let minute = 0; minute < 180; minute += 1) {
      reports.push(await flush())
      clock.advance(minutes(1))
    }

    // Two label writes, then one comment a try.
    expect(writes() - before).toBe(2 + MAX_REFUSALS)
    const told = reports.flatMap((report) => (report.locked ? [] : (report.debt_refused ?? [])))
    expect(told).toEqual([`${SHOP}#${locked}`])
    expect(await ledger.owed(10)).toEqual([])
    expect(await ledger.refused(10)).toMatchObject([
      { write: { number: locked, comments: [{ marker: 'completed:1' }] } },
    ])
    await flushFor(minutes(2))
    expect(await health()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(
        /1 debt was refused too often.*acme\/shop#1: .*issue is locked.*coxswain redrive run debts/,
      ),
    })
  })

  it('is posted once an operator unlocks the issue and redrives it, and takes back no label set since', async () => {
    const { issue, owe, lock, unlock, flush, flushFor, github, ledger, on, health } = await aWorld()
    const locked = issue()
    await lock(locked)
    await owe(locked)
    await flushFor(hours(2))
    await unlock(locked)
    const asked = { method: 'POST', headers: { authorization: 'Bearer test-token' } }
    await fetch(`${github.url}/repos/${SHOP}/issues/${locked}/labels`, { ...asked, body: '{"labels":["ai-ready"]}' })

    expect(await ledger.redrive({ repository: SHOP, number: locked })).toBe(true)
    expect(await flush()).toMatchObject({ applied: 1, left: 0 })

    expect(on(locked)).toMatchObject({ comments: 1, labels: ['bug', 'ai-in-progress', 'ai-ready'] })
    expect(await ledger.refused(10)).toEqual([])
    expect(await ledger.redrive({ repository: SHOP, number: locked })).toBe(false)
    expect(await health()).toMatchObject({ ok: true, detail: 'No write is owed.' })
  })

  it('can be given up for good by an operator', async () => {
    const { issue, owe, lock, flushFor, ledger, on } = await aWorld()
    const locked = issue()
    await lock(locked)
    await owe(locked)
    await flushFor(hours(2))

    expect(await ledger.discard({ repository: SHOP, number: locked })).toBe(true)
    await flushFor(minutes(2))

    expect(await ledger.refused(10)).toEqual([])
    expect(on(locked)?.comments).toBe(0)
  })

  it('keeps the proof that our labels have arrived, so that a person can ask for the work anew', async () => {
    const { issue, owe, lock, flush, polls } = await aWorld()
    const locked = issue()
    await lock(locked)
    await owe(locked, { version: 5, generation: 2 })

    await flush()

    expect(await polls.mirror(SHOP, locked)).toEqual({ generation: 2, version: 5 })
  })

  it('delays no newer labels of the same issue, and joins what is set aside', async () => {
    const { issue, owe, lock, flush, flushFor, ledger, on } = await aWorld()
    const locked = issue()
    await lock(locked)
    await owe(locked)
    await flush()

    await owe(locked, { version: 2, state_label: 'ai-completed', remove_labels: ['ai-in-progress'], comments: [] })
    await flush()
    expect(on(locked)?.labels).toEqual(['bug', 'ai-completed'])

    await flushFor(hours(2))
    await owe(locked, { version: 3, comments: [{ marker: 'completed:2', text: 'Again.' }] })
    await flushFor(hours(2))
    const [{ write } = { write: undefined }] = await ledger.refused(10)
    expect(write?.comments.map(({ marker }) => marker)).toEqual(['completed:1', 'completed:2'])
  })
})

describe('a debt that cannot be read', () => {
  it('holds up no other, and is named in health and in the report until the newest version is deployed', async () => {
    const { issue, owe, flush, on, table, ledger, health } = await aWorld()
    const other = issue()
    await owe(other)
    await table.put({ ...owedKey(SHOP, 77), kind: 'owed', version: 'of tomorrow' })
    await table.put({ ...refusedKey(SHOP, 78), kind: 'refused_debt', version: 'of tomorrow' })

    const unreadable = [owedKey(SHOP, 77).sk, refusedKey(SHOP, 78).sk]
    expect(await flush()).toMatchObject({ applied: 1, left: 0, unreadable })

    expect(on(other)?.labels).toEqual(['bug', 'ai-in-progress'])
    expect(await health()).toMatchObject({ ok: false, detail: expect.stringContaining(unreadable.join(', ')) })
    expect(await ledger.refusedAmong([{ repository: SHOP, number: 78 }])).toEqual([])
    expect(await ledger.listRefused({ limit: 10 })).toEqual({ items: [] })
    expect(await table.get(owedKey(SHOP, 77))).toBeDefined()
  })
})

describe('labels that GitHub refuses', () => {
  it('cost a handful of writes, not the budget of all repositories, and hold up no comment of the same issue', async () => {
    const { issue, owe, forbid, flushFor, on, ledger, writes } = await aWorld()
    const bad = issue()
    forbid({ match: { method: 'POST', path: new RegExp(`/issues/${bad}/labels$`) }, status: 422 })
    await owe(bad)

    await flushFor(hours(3))

    expect(on(bad)?.comments).toBe(1)
    expect(writes()).toBe(MAX_REFUSALS + 1)
    expect(await ledger.refused(10)).toMatchObject([{ write: { number: bad, comments: [] } }])
  })

  it('on many issues leave at least nine tenths of the hour to the others', async () => {
    const { owe, issue, forbid, flushFor, ledger, clock, writes } = await aWorld()
    const bad = Array.from({ length: 40 }, () => issue())
    forbid({ match: { method: 'POST', path: /\/labels$/ }, status: 422 })
    for (const number of bad) await owe(number, { comments: [] })
    await flushFor(minutes(10))
    const before = writes()

    await flushFor(hours(1))

    expect(writes() - before).toBeLessThanOrEqual(45)
    const { retried = [] } = await ledger.budget()
    expect(retried.filter((at) => at > clock.now() - hours(1)).length).toBeLessThanOrEqual(45)
  })
})

describe('a repository that refuses every write', () => {
  const NO_RIGHT: FaultPlan = {
    match: { method: 'POST', path: /^\/repos\/acme\/shop\// },
    ...{ status: 403, message: 'Resource not accessible by personal access token' },
    headers: { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' },
  }

  it('for lack of a right rests, is named in health with the right, and holds up no other repository', async () => {
    const { issue, owe, forbid, flushFor, flush, github, on, ledger, writes, health } = await aWorld()
    const [one, two] = [issue(), issue()]
    const other = issue(TILL)
    forbid(NO_RIGHT)
    for (const number of [one, two]) await owe(number)
    await owe(other, { repository: TILL })

    expect(await flush()).toMatchObject({ applied: 1, failed: 1, left: 2 })
    expect(on(other, TILL)).toMatchObject({ comments: 1, labels: ['bug', 'ai-in-progress'] })
    expect(await health()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/acme\/shop: every write is refused: .*needs issues=write.*GITHUB_REPOS/),
    })

    const before = writes()
    await flushFor(hours(1))
    expect(writes() - before).toBeLessThan(15)
    expect(await ledger.refused(10)).toEqual([])

    github.heal()
    await flushFor(minutes(11))
    expect(await ledger.owed(10)).toEqual([])
    expect(on(two)).toMatchObject({ comments: 1, labels: ['bug', 'ai-in-progress'] })
    expect(await health()).toMatchObject({ ok: true })
  })

  it('because it is archived rests too, and is written to when it is opened again', async () => {
    const { issue, owe, archive, flush, flushFor, on, health } = await aWorld()
    const number = issue()
    await archive(SHOP, true)
    await owe(number)

    await flush()
    expect(await health()).toMatchObject({ ok: false, detail: expect.stringContaining('archived so is read-only') })
    await archive(SHOP, false)
    await flushFor(minutes(3))

    expect(on(number)?.labels).toEqual(['bug', 'ai-in-progress'])
  })

  it('is asked nothing while the token itself is refused, whatever the repository', async () => {
    const { issue, owe, forbid, flush, github, health } = await aWorld()
    forbid({ status: 401 })
    await owe(issue())
    await owe(issue(TILL), { repository: TILL })

    await flush()

    expect(github.stats().statuses['401']).toBe(1)
    expect(await health()).toMatchObject({ ok: false, detail: expect.stringContaining('does not accept the token') })
  })
})

it('writes that grow old are named with their number and age', async () => {
  const { issue, owe, forbid, flush, clock, health } = await aWorld()
  forbid({ match: { method: 'POST' }, status: 502 })
  await owe(issue(), { owed_since: clock.now() - minutes(40) })
  await owe(issue(), { owed_since: clock.now() - minutes(5) })

  await flush()
  expect(await health()).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^2 writes are owed, the oldest for 40 minutes\. They are late/),
  })

  clock.advance(minutes(20))
  expect(await health()).toMatchObject({ ok: false, detail: expect.stringContaining('No flush since') })
})

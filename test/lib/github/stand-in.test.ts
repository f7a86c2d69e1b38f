/** The whole of lib/github against the stand-in GitHub, over HTTP and with its limits and faults. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { completionComment, failureComment } from '#lib/github/comments'
import { createFlusher, type Flusher } from '#lib/github/flush'
import type { Listing } from '#lib/github/ports'
import { createIssueSource } from '#lib/github/source'
import { createIssueWriter } from '#lib/github/writer'
import { type StandInGitHub, startGitHub } from '#sandbox/github/server'
import { anOwedWrite } from '#test/contracts/write-ledger'
import { aClient, aClock, aMemoryLedger, type HandClock, type MemoryLedger } from '#test/helpers/github'

const REPOSITORY = 'acme/shop'
const STATES = ['ai-ready', 'ai-in-progress', 'ai-completed', 'ai-failed']

let dataDir: string
let clock: HandClock
let github: StandInGitHub
let memory: MemoryLedger

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coxswain-github-'))
  clock = aClock()
  github = await startGitHub({ port: 0, dataDir, clock, token: 'test-token' })
  memory = aMemoryLedger(clock)
  await github.seed.repository(REPOSITORY)
})

afterEach(async () => {
  await github.close()
  await rm(dataDir, { recursive: true, force: true })
})

function aFlusher(maxWrites = 60): Flusher {
  const { client } = aClient(github.url, { clock, timeoutMs: 2_000 })
  return createFlusher({
    ...memory,
    writer: createIssueWriter({ client }),
    clock,
    ids: { uuid: () => 'flusher', secret: () => '' },
    sleep: async (ms) => clock.advance(ms),
    options: { maxWrites, deadlineMs: seconds(200) },
  })
}

async function list(tag?: readonly string[]): Promise<Listing> {
  const { client } = aClient(github.url, { clock })
  return createIssueSource({ client }).list(REPOSITORY, 'ai-ready', tag)
}

function seedIssues(count: number): number[] {
  return Array.from({ length: count }, (_, at) =>
    github.seed.issue({ repository: REPOSITORY, title: `Issue ${at}`, labels: ['ai-ready', 'bug'] }),
  )
}

async function oweCompletion(number: number): Promise<void> {
  const pr_url = `${github.url}/${REPOSITORY}/pull/9`
  const comment = completionComment({ generation: 1, pr_url, worker: 'w1', attempt: 1 })
  await memory.owe(
    anOwedWrite({
      number,
      state_label: 'ai-completed',
      remove_labels: STATES,
      comments: [comment],
      owed_since: number,
    }),
  )
}

const tallyOf = (number: number): unknown => github.stats().issues[`${REPOSITORY}#${number}`]

describe('issues of the stand-in', () => {
  it('are listed over all pages and unchanged when asked again', async () => {
    seedIssues(250)
    const first = await list()
    expect(first).toMatchObject({ kind: 'listed' })
    if (first.kind !== 'listed') return
    expect(first.issues).toHaveLength(250)
    expect(await list(first.tag)).toEqual({ kind: 'unchanged' })
  })

  it('that join behind a full page are seen', async () => {
    seedIssues(100)
    const first = await list()
    if (first.kind !== 'listed') throw new Error('nothing listed')
    seedIssues(1)
    const again = await list(first.tag)
    expect(again.kind === 'listed' && again.issues.length).toBe(101)
  })

  it('of a repository that was renamed tell where it is now', async () => {
    github.seed.rename(REPOSITORY, 'acme/store')
    await expect(list()).rejects.toMatchObject({ code: 'gone', details: { moved_to: 'acme/store' } })
  })

  it('that were deleted are gone', async () => {
    const [number = 0] = seedIssues(1)
    github.seed.deleteIssue(REPOSITORY, number)
    const { client } = aClient(github.url, { clock })
    expect(await createIssueSource({ client }).find(REPOSITORY, number)).toMatchObject({ kind: 'gone' })
  })
})

describe('a flush to the stand-in', () => {
  it('leaves one state label and one comment, whatever is lost on the way', async () => {
    const [number = 0] = seedIssues(1)
    await oweCompletion(number)
    github.fail({ match: { method: 'POST', path: /labels$/ }, dropReply: true })
    github.fail({ match: { method: 'DELETE' }, dropReply: true })
    github.fail({ match: { method: 'POST', path: /comments$/ }, dropReply: true })
    const flusher = aFlusher()
    const reports = [await flusher.flush(), await flusher.flush(), await flusher.flush()]
    expect(reports).toMatchObject([{ failed: 1 }, { failed: 1 }, { failed: 1, left: 1 }])
    clock.advance(minutes(1))
    expect(await flusher.flush()).toMatchObject({ applied: 1, left: 0 })
    expect(tallyOf(number)).toMatchObject({
      comments: 1,
      ai_labels: ['ai-completed'],
      labels: expect.arrayContaining(['bug']),
    })
  })

  it('goes on where one issue fails and is gone where another was deleted', async () => {
    const [one = 0, two = 0, three = 0] = seedIssues(3)
    for (const number of [one, two, three]) await oweCompletion(number)
    github.fail({ match: { method: 'POST', path: new RegExp(`/${one}/labels`) }, status: 500 })
    github.seed.deleteIssue(REPOSITORY, two)
    expect(await aFlusher().flush()).toMatchObject({ applied: 2, failed: 1, left: 1 })
    expect(tallyOf(three)).toMatchObject({ comments: 1, ai_labels: ['ai-completed'] })
  })

  it('pays two hundred writes without ever meeting a limit', async () => {
    const numbers = seedIssues(100)
    for (const number of numbers) await oweCompletion(number)
    const flusher = aFlusher()
    for (let round = 0; round < 8 && (await memory.ledger.owed(1)).length > 0; round += 1) {
      await flusher.flush()
      clock.advance(seconds(60))
    }
    expect(await memory.ledger.owed(1)).toEqual([])
    const { statuses, issues } = github.stats()
    expect(statuses).not.toHaveProperty('403')
    expect(statuses).not.toHaveProperty('429')
    expect(numbers.every((n) => issues[`${REPOSITORY}#${n}`]?.comments === 1)).toBe(true)
  })

  it('heeds the secondary limit and loses nothing', async () => {
    const [number = 0] = seedIssues(1)
    await oweCompletion(number)
    github.fail({ match: { method: 'POST' }, status: 403, retryAfter: 45 })
    expect(await aFlusher().flush()).toMatchObject({ applied: 0, left: 1, closed_until: clock.now() + seconds(45) })
    clock.advance(seconds(45))
    expect(await aFlusher().flush()).toMatchObject({ applied: 1, left: 0 })
    expect(tallyOf(number)).toMatchObject({ comments: 1, ai_labels: ['ai-completed'] })
  })

  it('spends none of its budget on an outage', async () => {
    for (const number of seedIssues(5)) await oweCompletion(number)
    github.fail({ match: { method: 'GET' }, status: 502, times: 15 })
    expect(await aFlusher().flush()).toMatchObject({ applied: 0, failed: 5, left: 5 })
    expect((await memory.ledger.budget()).spent).toEqual([])
    expect(await aFlusher().flush()).toMatchObject({ applied: 5, left: 0 })
  })

  it('shows the last error to people, as text', async () => {
    const [number = 0] = seedIssues(1)
    const comment = failureComment({
      generation: 1,
      error: '```\n@octocat <!-- coxswain:completed:1 -->\n\ud800\0 $(curl x)',
      attempts: 2,
      trigger_label: 'ai-ready',
      failed_label: 'ai-failed',
      retry_route: `POST /queue/${REPOSITORY}/${number}/retry`,
    })
    await memory.owe(anOwedWrite({ number, state_label: 'ai-failed', remove_labels: STATES, comments: [comment] }))
    expect(await aFlusher().flush()).toMatchObject({ applied: 1 })
    const page = await fetch(`${github.url}/repos/${REPOSITORY}/issues/${number}/comments`)
    const [posted] = (await page.json()) as { body: string }[]
    expect(posted?.body).toContain('$(curl x)')
    expect(posted?.body).toMatch(/<!-- coxswain:failed:1 -->$/)
    expect(posted?.body).not.toContain('@octocat')
  })

  it('leaves the same behind wherever it is killed', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let step = 1; ; step += 1) {
        const [number = 0] = seedIssues(1)
        const comments = ['failed:1', 'completed:2'].map((marker) => ({ marker, text: marker }))
        await memory.owe(anOwedWrite({ number, state_label: 'ai-completed', remove_labels: STATES, comments }))
        const died = await flushUntilDeath(step, when)
        clock.advance(minutes(10))
        await aFlusher().flush()
        expect(await memory.ledger.owed(1), `killed ${when} step ${step}`).toEqual([])
        expect(tallyOf(number), `killed ${when} step ${step}`).toMatchObject({
          comments: 2,
          ai_labels: ['ai-completed'],
        })
        if (!died) break
        expect(step).toBeLessThan(50)
      }
    }
  })
})

/** Flushes in a process that dies at its `step`-th call to the outside, before or after the call took effect. */
async function flushUntilDeath(step: number, when: 'before' | 'after'): Promise<boolean> {
  let calls = 0
  const dying =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls += 1
      if (calls > step || (calls === step && when === 'before')) throw new Error('killed')
      const result = await call(...args)
      if (calls === step) throw new Error('killed')
      return result
    }
  const { ledger } = memory
  const { client } = aClient(github.url, { clock, fetch: dying(fetch) })
  const flusher = createFlusher({
    ledger: {
      owed: dying(ledger.owed),
      begin: dying(ledger.begin),
      settle: dying(ledger.settle),
      keep: dying(ledger.keep),
      setAside: dying(ledger.setAside),
      refused: dying(ledger.refused),
      standing: dying(ledger.standing),
      saveStanding: dying(ledger.saveStanding),
      budget: dying(ledger.budget),
      saveBudget: dying(ledger.saveBudget),
      lock: dying(ledger.lock),
      unlock: dying(ledger.unlock),
    },
    writer: createIssueWriter({ client }),
    clock,
    ids: { uuid: () => 'dying', secret: () => '' },
    sleep: async (ms) => clock.advance(ms),
    options: { maxWrites: 60, deadlineMs: seconds(200) },
  })
  await flusher.flush().catch(() => undefined)
  return calls >= step
}

/** Every sample in events/, run through `serverless invoke local` in a world where what it says is true. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { HAS_SSHD } from '#test/helpers/sshd'
import { type Invoked, invokeLocal } from './invoke.ts'
import { aGitHub, aHost, aWorld } from './world.ts'

const root = new URL('../../', import.meta.url)
const file = z.object({ functions: z.record(z.string(), z.unknown()) })
const functions = Object.keys(
  file.parse(parse(readFileSync(new URL('serverless.yml', root), 'utf8'), { logLevel: 'error' })).functions,
)
const samples = readdirSync(new URL('events/', root)).map((name) => name.replace(/\.json$/, ''))

/** The sample of a function: its name in kebab case. */
const sampleOf = (fn: string) => fn.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** What an HTTP function answered: its status and the JSON of its body. */
function answerOf({ result, printed }: Invoked): { readonly status: number; readonly body: unknown } {
  const read = z.object({ statusCode: z.number(), body: z.string() }).safeParse(result)
  if (!read.success) throw new Error(`This is no HTTP answer:\n${printed}`)
  return { status: read.data.statusCode, body: JSON.parse(read.data.body) }
}

type World = Awaited<ReturnType<typeof aWorld>>
const run = (fn: string, { env }: Pick<World, 'env'>, more: Readonly<Record<string, string>> = {}) =>
  invokeLocal(fn, sampleOf(fn), { ...env, ...more })
const ask = async (...args: Parameters<typeof run>) => answerOf(await run(...args))

describe('the samples', () => {
  it('are one for each function, and no more', () => {
    expect(samples.toSorted()).toEqual(functions.map(sampleOf).toSorted())
  })
})

describe.concurrent('the samples of the HTTP functions', { timeout: 120_000 }, () => {
  it('health: tells how the service is', async () => {
    expect(await ask('health', await aWorld())).toMatchObject({
      status: 200,
      body: { service: 'coxswain', checks: { store: { ok: true } } },
    })
  })

  it('authorizer: tells who holds the token', async () => {
    const world = await aWorld()
    await world.knowsToken('sample-token')
    expect((await run('authorizer', world)).result).toMatchObject({
      isAuthorized: true,
      context: { owner: 'worker-1', scopes: 'worker' },
    })
  })

  it.each(['workNext', 'workNextPost'])('%s: leases the issue that waits', async (fn) => {
    const world = await aWorld()
    await world.queued()
    expect(await ask(fn, world)).toMatchObject({
      status: 200,
      body: { work_available: true, issue_number: 7, repository: 'acme/shop', lease: { token: 1 } },
    })
    expect(await world.stateOf()).toBe('leased')
  })

  it('workHeartbeat: prolongs the lease', async () => {
    const world = await aWorld()
    await world.leased()
    expect(await ask('workHeartbeat', world)).toMatchObject({ status: 200, body: { lease: { token: 1 } } })
  })

  it.each([
    { fn: 'workComplete', answer: 'acknowledged', state: 'finished' },
    { fn: 'workFailed', answer: 'acknowledged', state: 'pending' },
    { fn: 'workRelease', answer: 'released', state: 'pending' },
  ])('$fn: $answer; the issue is $state then', async ({ fn, answer, state }) => {
    const world = await aWorld()
    await world.leased()
    expect(await ask(fn, world)).toMatchObject({ status: 200, body: { status: answer } })
    expect(await world.stateOf()).toBe(state)
  })

  it('queueList: shows the issue that is worked on', async () => {
    const world = await aWorld()
    await world.leased()
    expect(await ask('queueList', world)).toMatchObject({
      status: 200,
      body: { in_progress: [{ issue_number: 7, assigned_to: 'worker-1' }] },
    })
  })

  it('queueRetry: queues a finished issue anew', async () => {
    const world = await aWorld()
    await world.withdrawn()
    const shown = { state_label: null, remove_labels: [], comments: [{ marker: 'failed:1', text: 'x' }], begun: true }
    const refused = { repository: 'acme/shop', number: 7, generation: 1, version: 1, owed_since: 0, ...shown }
    await world.ledger.setAside(refused, { ...refused, labels_shown: true })

    expect(await ask('queueRetry', world)).toMatchObject({ status: 200, body: { status: 'pending', generation: 2 } })
    // What GitHub refused of the last round is owed again.
    expect(await world.ledger.refused(10)).toEqual([])
    expect(await world.ledger.owed(10)).toMatchObject([{ number: 7, comments: [{ marker: 'failed:1' }] }])
  })

  it('queueCancel: withdraws the issue', async () => {
    const world = await aWorld()
    await world.queued()
    expect(await ask('queueCancel', world)).toMatchObject({ status: 200, body: { status: 'withdrawn' } })
  })

  it('prReviewStatus: shows what awaits review', async () => {
    const world = await aWorld()
    await world.completed()
    expect(await ask('prReviewStatus', world)).toMatchObject({
      status: 200,
      body: { repositories: [{ repository: 'acme/shop', gate: 'open', pending: [{ number: 8, issue_number: 7 }] }] },
    })
  })

  it('prReviewSay: sends the work back', async () => {
    const world = await aWorld()
    await world.completed()
    expect(await ask('prReviewSay', world)).toMatchObject({
      status: 200,
      body: { applied: true, item: { status: 'pending' } },
    })
    expect(await world.stateOf()).toBe('pending')
  })

  it('workersList: shows the worker that asked', async () => {
    const world = await aWorld()
    await world.leased()
    expect(await ask('workersList', world)).toMatchObject({ status: 200, body: { workers: [{ id: 'worker-1' }] } })
  })

  it('workersGet: shows one worker', async () => {
    const world = await aWorld()
    await world.leased()
    expect(await ask('workersGet', world)).toMatchObject({ status: 200, body: { id: 'worker-1' } })
  })

  it('workersRetire: takes a worker that holds nothing off the list', async () => {
    const world = await aWorld()
    await world.completed()
    expect(await ask('workersRetire', world)).toMatchObject({ status: 200, body: { status: 'retired' } })
    expect(await ask('workersGet', world)).toMatchObject({ status: 404 })
  })

  it('workersCheckNow: judges the workers that call in', async () => {
    const world = await aWorld()
    await world.leased()
    expect(await ask('workersCheckNow', world)).toMatchObject({
      status: 200,
      body: { hosts: [], workers: { total: 1, busy: 1 }, written: 0 },
    })
  })

  it.skipIf(!HAS_SSHD)('workersLogs: reads the log of the worker over SSH', async ({ onTestFinished }) => {
    const { env } = await aHost({ onTestFinished }, { journalctl: 'seq 1 "$4"' })
    const { status, body } = await ask('workersLogs', await aWorld(), env)
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: 'worker-1', unit: 'coxswain-worker' })
    expect((body as { lines: string[] }).lines).toHaveLength(20)
  })

  it('githubPollNow: queues what GitHub has, and reports it', async (context) => {
    const { github, env } = await aGitHub(context)
    github.seed.issue({ repository: 'acme/shop', title: 'Add a dark theme', labels: ['ai-ready'] })
    expect(await ask('githubPollNow', await aWorld(), env)).toMatchObject({
      status: 200,
      body: { repositories: [{ repository: 'acme/shop', status: 'reconciled' }] },
    })
  })

  it('workersDesired: asks for a worker for the issue that waits', async () => {
    expect(await ask('workersDesired', await aWorld())).toMatchObject({
      status: 200,
      body: { workers_wanted: 0, max_workers: 10 },
    })
  })

  it('githubWebhook: takes in what is signed', async () => {
    const secret = { GITHUB_WEBHOOK_SECRET: 'sample-secret' }
    expect(await ask('githubWebhook', await aWorld(), secret)).toMatchObject({
      status: 202,
      body: { status: 'accepted' },
    })
  })

  it('noRoute: says that there is nothing here', async () => {
    expect(await ask('noRoute', await aWorld())).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})

describe.concurrent('the samples of the other functions', { timeout: 120_000 }, () => {
  it('githubPoll: queues what GitHub has', async (context) => {
    const { github, env } = await aGitHub(context)
    github.seed.issue({ repository: 'acme/shop', title: 'Add a dark theme', labels: ['ai-ready'] })
    expect((await run('githubPoll', await aWorld(), env)).result).toMatchObject({
      repositories: [{ repository: 'acme/shop', status: 'reconciled' }],
    })
  })

  it.skipIf(!HAS_SSHD)('workersCheck: looks at the host of the worker', async ({ onTestFinished }) => {
    const { env } = await aHost({ onTestFinished })
    expect((await run('workersCheck', await aWorld(), env)).result).toMatchObject({
      hosts: [{ worker: 'worker-1', found: 'active' }],
      written: 1,
    })
  })

  it('githubDeliveries: queues the issue that a webhook told of', async (context) => {
    const { github, env } = await aGitHub(context)
    github.seed.issue({ repository: 'acme/shop', title: 'Add a dark theme', labels: ['ai-ready'] })
    expect((await run('githubDeliveries', await aWorld(), env)).result).toEqual({ batchItemFailures: [] })
  })

  it('githubFlush: pays what is owed to GitHub', async (context) => {
    const { github, env } = await aGitHub(context)
    const world = await aWorld()
    const number = github.seed.issue({ repository: 'acme/shop', title: 'Add a dark theme', labels: ['ai-ready'] })
    const shown = { state_label: 'ai-in-progress', remove_labels: ['ai-ready'], comments: [], begun: false }
    await world.ledger.owe({ repository: 'acme/shop', number, generation: 1, version: 1, owed_since: 0, ...shown })
    expect((await run('githubFlush', world, env)).result).toMatchObject({ applied: 1, failed: 0 })
    expect(await world.ledger.owed(10)).toEqual([])
  })

  it('eventsRelay: notes what is owed to GitHub for a lease', async () => {
    const world = await aWorld()
    expect((await run('eventsRelay', world)).result).toEqual({ batchItemFailures: [] })
    expect(await world.ledger.owed(10)).toMatchObject([{ number: 7, state_label: 'ai-in-progress' }])
  })

  it('eventsDeadLetters: keeps what Lambda gave up on', async () => {
    const world = await aWorld()
    expect(await run('eventsDeadLetters', world)).toMatchObject({ exitCode: 0 })
  })

  it('eventsCount: counts the batch', async () => {
    const world = await aWorld()
    expect(await run('eventsCount', world)).toMatchObject({ exitCode: 0 })
    expect(await world.counts()).toMatchObject({ pending: 0, in_progress: 1 })
  })
})

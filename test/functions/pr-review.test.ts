/** The gate as users meet it: the functions over HTTP, the stream's consumers between them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { seconds } from '#lib/clock'
import { SHOP, startFunctions, TILL } from '#test/helpers/functions'

let world: Awaited<ReturnType<typeof startFunctions>>

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  world = await startFunctions({ MAX_PENDING_PRS: '1' })
})
afterAll(async () => {
  vi.useRealTimers()
  await world.stop()
})

const pullOf = (number: number, repository = SHOP) => `${world.github.url}/${repository}/pull/${number}`
const say = (verdict: string, number: number, more: { body?: unknown; query?: Record<string, string> } = {}) =>
  world.asOperator('POST /pr-review/{verdict}/{number}', { params: { verdict, number: String(number) }, ...more })

/** Leases the next issue of this repository and completes it with the pull request `number + 1000`. */
async function finished(worker: string, repository = SHOP, number?: number) {
  const issue = await world.anIssue({ repository, ...(number !== undefined && { number }) })
  const as = world.as(worker)
  const { body } = await as('POST /work/next', { worker_id: worker })
  expect(body).toMatchObject({ repository, issue_number: issue })
  const lease = { worker_id: worker, issue_number: issue, repository, lease_token: body.lease.token }
  const done = { ...lease, success: true, pr_url: pullOf(issue + 1_000, repository) }
  expect(await as('POST /work/complete', done)).toMatchObject({ status: 200 })
  await world.pump()
  // What a container knows of the gate is good for a second.
  vi.setSystemTime(Date.now() + seconds(2))
  return { issue, pull: issue + 1_000, as, done }
}

describe('the review gate over HTTP', () => {
  it('closes, says why, and opens when an operator speaks', async () => {
    const { issue, pull, as, done } = await finished('w1')
    await world.anIssue()
    const status = await world.asReader('GET /pr-review/status')
    expect(status.body.repositories[0]).toMatchObject({
      ...{ repository: SHOP, gate: 'closed', limit: 1, pending_count: 1 },
      pending: [{ number: pull, issue_number: issue }],
    })
    const { body } = await world.as('w2')('POST /work/next', { worker_id: 'w2' })
    expect(body).toEqual({
      ...{ work_available: false, blocked: true, retry_after_seconds: expect.any(Number) },
      reason: expect.stringContaining(SHOP),
    })

    const sentBack = await say('changes-requested', pull, { body: { feedback: 'Please test it.' } })

    expect(sentBack).toMatchObject({
      status: 200,
      body: { applied: true, item: { status: 'pending', review: 'changes_requested' }, gate: { gate: 'open' } },
    })
    expect(await as('POST /work/complete', done)).toMatchObject({ status: 200 })
    const { body: rework } = await as('POST /work/next', { worker_id: 'w1' })
    expect(rework).toMatchObject({
      ...{ issue_number: issue, attempt: 1, branch_name: `ai-feature/issue-${issue}` },
      previous: { error: null, pr_url: done.pr_url, feedback: 'Please test it.' },
    })
  })

  it('asks for the repository where both know the number', async () => {
    const { issue } = await finished('w5', TILL, 7_777)
    await world.anIssue({ repository: SHOP, number: issue })

    expect(await say('approved', issue)).toMatchObject({ status: 409, body: { code: 'ambiguous' } })
    expect(await say('approved', issue, { query: { repository: TILL } })).toMatchObject({
      status: 200,
      body: { item: { review: 'approved' }, gate: { repository: TILL, gate: 'open' } },
    })
  })

  it('is told of numbers and verdicts that do not exist', async () => {
    expect(await say('approved', 424_242)).toMatchObject({ status: 404 })
    expect(await say('adored', 1)).toMatchObject({ status: 422 })
    expect(await say('approved', 0)).toMatchObject({ status: 422 })
  })
})

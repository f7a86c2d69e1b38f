/** From finished to reviewed: the gate, the words of reviewers by whichever way they come, and rework. Over HTTP and a real table. */
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { eventTypeOf } from '#lib/events/change'
import { createReviews } from '#lib/queue/reviews'
import { aReport, REPOSITORY } from '#test/helpers/queue'
import { aFinishedIssue, aReviewedJourney } from '#test/helpers/reviews'
import { dying } from './support/stores.ts'

const OTHER = 'acme/till'
const nextSecond = (journey: { clock: { advance(ms: number): void } }) => journey.clock.advance(seconds(2))

describe('the review gate', () => {
  it('closes when as many pull requests await review as may, and says so', async () => {
    const journey = await aReviewedJourney({ limit: 2 })
    const first = await journey.aCompleted('One')
    expect(await journey.gate()).toMatchObject({ gate: 'open', limit: 2, pending_count: 1 })
    await journey.aCompleted('Two')
    journey.issue('Three')
    await journey.poll()

    const answer = await journey.ask('w3')

    expect(answer).toMatchObject({ kind: 'none', reason: expect.stringContaining('acme/shop') })
    expect(await journey.gate()).toMatchObject({
      gate: 'closed',
      pending: [{ number: first.pull, issue_number: first.issue, since: expect.any(String) }, {}],
    })
  })

  it.each(['approved', 'merged', 'closed', 'sent back'] as const)('opens when one is %s', async (how) => {
    const journey = await aReviewedJourney({ limit: 1 })
    const { pull } = await journey.aCompleted('One')
    journey.issue('Two')
    await journey.poll()
    expect((await journey.ask('w2')).kind).toBe('none')

    if (how === 'approved') await journey.review(pull, 'APPROVE')
    if (how === 'merged') await journey.merge(pull)
    if (how === 'closed') await journey.close(pull)
    if (how === 'sent back') await journey.review(pull, 'REQUEST_CHANGES')
    await journey.pollAll()
    nextSecond(journey)

    expect(await journey.gate()).toMatchObject({ gate: 'open', pending_count: 0 })
    expect((await journey.ask('w2')).kind).toBe('work')
  })

  it('of one repository holds up no other', async () => {
    const journey = await aReviewedJourney({ limit: 1, repositories: [REPOSITORY, OTHER] })
    await journey.aCompleted('One')
    for (let n = 0; n < 30; n++) journey.issue(`Held back ${n}`)
    await journey.poll()
    journey.clock.advance(minutes(1))
    const free = journey.issue('Free', { repository: OTHER })
    await journey.poll(OTHER)

    const { job } = await journey.leased('w1')

    expect(job.key).toEqual({ repository: OTHER, number: free })
    expect(await journey.ask('w2')).toMatchObject({ kind: 'none', reason: expect.any(String) })
  })

  it('lets what is leased when it closes be completed: it overshoots by those at most', async () => {
    const journey = await aReviewedJourney({ limit: 1 })
    const numbers = [journey.issue('One'), journey.issue('Two')]
    await journey.poll()
    const leases = [await journey.leased('w1'), await journey.leased('w2')]
    for (const [at, { issue, token }] of leases.entries()) {
      const pull = await journey.aPull(issue)
      await journey.completed(`w${at + 1}`, { issue, token, pull })
      await journey.settle()
    }

    expect(leases.map(({ issue }) => issue)).toEqual(numbers)
    expect(await journey.gate()).toMatchObject({ gate: 'closed', pending_count: 2 })
  })

  it('gives a worker the lease it holds, closed or not', async () => {
    const journey = await aReviewedJourney({ limit: 1 })
    journey.issue('One')
    const second = journey.issue('Two')
    await journey.poll()
    const { issue, token } = await journey.leased('w1')
    await journey.leased('w2', second)
    await journey.completed('w1', { issue, token, pull: await journey.aPull(issue) })
    await journey.settle()
    nextSecond(journey)

    expect((await journey.leased('w2')).issue).toBe(second)
  })

  it('follows a limit that was changed, at the next poll', async () => {
    const { settle, reviewPoll, reviewStore, ...journey } = await aFinishedIssue(5)
    await reviewStore.saveGates({ closed: [REPOSITORY], version: 0 })
    expect((await reviewStore.gates()).closed).toEqual([REPOSITORY])

    await reviewPoll.poll(REPOSITORY, 'poll')

    expect((await reviewStore.gates({ consistent: true })).closed).toEqual([])
    expect(await journey.gate()).toMatchObject({ gate: 'open' })
  })
})

describe('a pull request', () => {
  it('that is merged closes the story: nothing more happens', async () => {
    const journey = await aFinishedIssue()
    const { issue, pull } = journey
    await journey.merge(pull)

    expect(await journey.pollAll()).toMatchObject({ open: 1, merged: 1 })
    await journey.settle()
    expect(await journey.job(issue)).toMatchObject({
      state: { kind: 'finished', finish: { outcome: 'completed' } },
      review: { verdict: 'merged' },
    })
    expect(journey.labelsOf(issue)).toEqual(['ai-completed'])
    expect(journey.commentsOn(issue)).toBe(1)
    expect(await journey.pollAll()).toMatchObject({ open: 0, looked_at: 0 })
    const late = { repository: REPOSITORY, pull, feedback: 'Too late', at: journey.clock.now(), correlation_id: 'x' }
    expect(await journey.reviews.observe({ ...late, verdict: 'changes_requested' })).toMatchObject({ kind: 'ignored' })
    expect((await journey.reviewStore.tracked(REPOSITORY, 10)).items).toEqual([])
  })

  it('that is closed unmerged leaves the issue completed, with a note of it', async () => {
    const journey = await aFinishedIssue()
    await journey.close(journey.pull)

    expect(await journey.pollAll()).toMatchObject({ closed: 1 })
    expect(await journey.job(journey.issue)).toMatchObject({
      state: { kind: 'finished', finish: { outcome: 'completed' } },
      review: { verdict: 'closed' },
    })
  })

  it('that is approved stays looked at, for it may yet be sent back', async () => {
    const journey = await aFinishedIssue()
    await journey.review(journey.pull, 'APPROVE')
    expect(await journey.pollAll()).toMatchObject({ approved: 1 })
    expect(await journey.pollAll()).toMatchObject({ open: 1, approved: 0 })

    await journey.review(journey.pull, 'REQUEST_CHANGES', 'On second thoughts…', { as: 'bob' })

    expect(await journey.pollAll()).toMatchObject({ changes_requested: 1 })
  })

  it('that GitHub does not know frees its place', async () => {
    const journey = await aReviewedJourney({ limit: 1 })
    journey.issue('One')
    await journey.poll()
    const { issue, token } = await journey.leased('w1')
    await journey.completed('w1', { issue, token, pull: 4711 })
    await journey.settle()

    expect(await journey.pollAll()).toMatchObject({ closed: 1 })
    expect(await journey.gate()).toMatchObject({ gate: 'open' })
  })

  it('costs neither calls that count nor writes while nothing is said about it', async () => {
    const journey = await aFinishedIssue()
    await journey.pollAll()
    const meter = journey.units()
    const before = journey.github.stats().calls

    await journey.pollAll()

    expect(meter.totals().writes).toBe(0)
    const asked = Object.entries(journey.github.stats().calls).filter(([call]) => call.includes('/pulls/'))
    expect(asked.map(([call, count]) => count - (before[call] ?? 0)).filter((count) => count > 0)).toEqual([1, 1])
  })

  it('that strangers judge is not judged', async () => {
    const journey = await aFinishedIssue()
    journey.github.seed.permission(REPOSITORY, 'mallory', 'read')
    await journey.review(journey.pull, 'REQUEST_CHANGES', 'Pay me', { as: 'mallory', association: 'NONE' })
    await journey.review(journey.pull, 'APPROVE', '', { as: 'mallory', association: 'CONTRIBUTOR' })

    expect(await journey.pollAll()).toMatchObject({ approved: 0, changes_requested: 0 })
    expect(await journey.gate()).toMatchObject({ pending_count: 1 })
  })

  it('that is closed and opened again counts again, is told once, and can be judged', async () => {
    const journey = await aFinishedIssue()
    const { pull, reviewPoll, clock } = journey
    await journey.close(pull)
    expect(await journey.pollAll()).toMatchObject({ closed: 1 })
    await journey.settle()
    expect(await journey.gate()).toMatchObject({ pending_count: 0 })
    const comments = journey.commentsOn(journey.issue)
    clock.advance(60_000)

    expect(await reviewPoll.look(REPOSITORY, pull, 'hook')).toBe(false)
    await journey.reopen(pull)
    expect(await reviewPoll.look(REPOSITORY, pull, 'hook')).toBe(true)
    await reviewPoll.look(REPOSITORY, pull, 'hook')
    await journey.settle()

    expect(await journey.gate()).toMatchObject({ pending_count: 1, pending: [{ number: pull }] })
    expect(journey.told.map(eventTypeOf).filter((type) => type === 'WORK_REOPENED')).toHaveLength(1)
    expect(journey.commentsOn(journey.issue)).toBe(comments)
    await journey.review(pull, 'APPROVE')
    expect(await journey.pollAll()).toMatchObject({ approved: 1 })
  })

  it('is judged by a member who hides the membership, not by a member who may only read', async () => {
    const journey = await aFinishedIssue()
    journey.github.seed.permission(REPOSITORY, 'hidden', 'admin')
    journey.github.seed.permission(REPOSITORY, 'reader', 'read')

    await journey.review(journey.pull, 'APPROVE', '', { as: 'reader', association: 'MEMBER' })
    expect(await journey.pollAll()).toMatchObject({ approved: 0 })

    await journey.review(journey.pull, 'REQUEST_CHANGES', 'Not yet.', { as: 'hidden', association: 'CONTRIBUTOR' })
    expect(await journey.pollAll()).toMatchObject({ changes_requested: 1 })
  })

  it('keeps waiting for who asked for changes, whoever approves', async () => {
    const journey = await aFinishedIssue()
    await journey.review(journey.pull, 'APPROVE', '', { as: 'bob' })
    await journey.review(journey.pull, 'REQUEST_CHANGES', 'No.', { as: 'ada' })

    expect(await journey.pollAll()).toMatchObject({ changes_requested: 1, approved: 0 })
  })
})

describe('rework', () => {
  it('comes back on the same branch with what the reviewers said, and again when they say more', async () => {
    const journey = await aFinishedIssue()
    const { issue, pull } = journey
    const comments = [{ path: 'src/cart.ts', line: 12, body: 'Name it `coupon`.' }]
    await journey.review(pull, 'COMMENT', 'Nice start.', { as: 'bob' })
    await journey.review(pull, 'REQUEST_CHANGES', 'Please test it.', { as: 'ada', comments })
    await journey.pollAll()
    await journey.settle()
    expect(journey.labelsOf(issue)).toEqual(['ai-in-progress'])
    expect(journey.commentsOn(issue)).toBe(2)
    expect(await journey.counts.read()).toMatchObject({ pending: 1, completed: 0 })

    const rework = await journey.leased('w2', issue)

    expect(rework.feedback).toBe(
      '@bob wrote:\nNice start.\n\n@ada wrote:\nPlease test it.\n\n@ada on src/cart.ts, line 12:\nName it `coupon`.',
    )
    expect(rework.job).toMatchObject({ generation: 1, counts: { failures: 0 }, previous: { error: null } })
    expect(rework.job.previous?.pr_url).toMatch(new RegExp(`/pull/${pull}$`))
    await journey.completed('w2', { issue, token: rework.token, pull })
    await journey.settle()
    expect(journey.labelsOf(issue)).toEqual(['ai-completed'])
    expect(journey.commentsOn(issue)).toBe(3)
    expect(await journey.pollAll()).toMatchObject({ changes_requested: 0 })
    expect(await journey.gate()).toMatchObject({ pending_count: 1, reworking: [] })

    await journey.review(pull, 'REQUEST_CHANGES', 'Nearly.', { as: 'ada' })
    await journey.pollAll()
    expect((await journey.leased('w3', issue)).feedback).toBe('@ada wrote:\nNearly.')
  })

  it('is not held back by a closed gate, for it is what opens it', async () => {
    const journey = await aReviewedJourney({ limit: 1 })
    const first = await journey.aCompleted('One')
    const waiting = journey.issue('Two')
    await journey.poll()
    await journey.review(first.pull, 'REQUEST_CHANGES', 'No.')
    await journey.pollAll()
    nextSecond(journey)
    const second = await journey.leased('w1', first.issue)
    await journey.leased('w2', waiting)
    await journey.completed('w2', { issue: waiting, token: 1, pull: await journey.aPull(waiting) })
    await journey.settle()
    expect(await journey.gate()).toMatchObject({ gate: 'closed', reworking: [{ number: first.pull }] })
    nextSecond(journey)
    await journey.queue.report({
      ...{ worker: 'w1', number: first.issue, repository: REPOSITORY, token: second.token, kind: 'released' },
      ...{ pr_url: null, error: null, correlation_id: 'test' },
      usage: { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 },
    })

    expect((await journey.leased('w3', first.issue)).feedback).toContain('No.')
  })

  it('that fails once keeps what the reviewers said for the next attempt', async () => {
    const journey = await aFinishedIssue()
    const { issue, pull } = journey
    await journey.review(pull, 'REQUEST_CHANGES', 'Please test it. '.repeat(100))
    await journey.pollAll()
    const { token } = await journey.leased('w2', issue)
    await journey.fail('w2', issue, token)

    const again = await journey.leased('w3', issue)

    expect(again.feedback).toContain('Please test it.')
    expect(again.job.previous).toMatchObject({ error: 'It broke.', pr_url: expect.stringContaining(`/pull/${pull}`) })
    expect(again.job.previous?.feedback).toMatchObject({ kind: 'apart' })
  })

  it('given up for good is failed, and its pull request awaits nobody', async () => {
    const journey = await aFinishedIssue()
    const { issue, pull } = journey
    await journey.review(pull, 'REQUEST_CHANGES', 'No.')
    await journey.pollAll()
    for (const worker of ['w2', 'w3']) {
      const { token } = await journey.leased(worker, issue)
      await journey.fail(worker, issue, token)
    }
    await journey.settle()

    expect(journey.labelsOf(issue)).toEqual(['ai-failed'])
    expect(await journey.gate()).toMatchObject({ pending: [], approved: [], reworking: [] })
  })

  it('ends when the pull request is merged meanwhile, and its worker is told to stop', async () => {
    const journey = await aFinishedIssue()
    const { issue, pull } = journey
    await journey.review(pull, 'REQUEST_CHANGES', 'No.')
    await journey.pollAll()
    const { token } = await journey.leased('w2', issue)
    await journey.merge(pull)

    expect(await journey.reviewPoll.poll(REPOSITORY, 'poll')).toMatchObject({ merged: 1 })
    const beat = { worker: 'w2', number: issue, repository: REPOSITORY, token, correlation_id: 'beat' }
    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
    expect(await journey.queue.heartbeat({ ...beat, usage })).toMatchObject({ cancel: 'The pull request was merged.' })
    await expect(journey.completed('w2', { issue, token, pull })).rejects.toMatchObject({ code: 'already_finished' })
  })

  it('that waits is not taken off the queue by a poll before GitHub shows its new label', async () => {
    const journey = await aFinishedIssue()
    await journey.review(journey.pull, 'REQUEST_CHANGES', 'No.')
    await journey.reviewPoll.poll(REPOSITORY, 'poll')
    journey.another('Something that makes the listing change')

    expect(await journey.poll()).toMatchObject({ withdrawn: 0 })
    expect(await journey.job(journey.issue)).toMatchObject({ state: { kind: 'pending' } })
  })
})

describe('a rework that goes wrong', () => {
  /** A rework of issue 1 that `w2` has in hand. */
  async function aRework() {
    const journey = await aFinishedIssue()
    await journey.review(journey.pull, 'REQUEST_CHANGES', 'No.')
    await journey.pollAll()
    return { ...journey, ...(await journey.leased('w2', journey.issue)) }
  }

  it('is not completed by the worker that did it before, nor with a pull request of another repository', async () => {
    const { queue, issue, pull, token, job } = await aRework()
    const report = aReport({ worker: 'w9', number: issue, kind: 'completed', token })
    const pr_url = `https://github.com/${REPOSITORY}/pull/${pull}`

    await expect(queue.report({ ...report, pr_url })).rejects.toMatchObject({ code: 'lease_lost' })
    const elsewhere = { ...report, worker: 'w2', pr_url: 'https://github.com/mallory/shop/pull/1' }
    await expect(queue.report(elsewhere)).rejects.toMatchObject({ code: 'invalid' })
    expect(job.state.kind).toBe('leased')
  })

  it('by the death of its worker comes back with the pull request and what was said', async () => {
    const { clock, leased, issue, pull } = await aRework()
    clock.advance(minutes(11))

    const again = await leased('w3', issue)

    expect(again.feedback).toBe('@ada wrote:\nNo.')
    expect(again.job.previous?.pr_url).toMatch(new RegExp(`/pull/${pull}$`))
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('whose starter dies at its call %i is started once', async (k) => {
    const journey = await aFinishedIssue()
    const { pull, issue, clock } = journey
    const heard = {
      repository: REPOSITORY,
      pull,
      verdict: 'changes_requested',
      feedback: 'No.',
      at: clock.now(),
    } as const
    const { store } = dying(journey.store, Math.ceil(k / 2), k % 2 === 0 ? 'before' : 'after')
    const mortal = createReviews({ ...journey.reviewPorts, store })
    await mortal.observe({ ...heard, correlation_id: 'first' }).catch(() => undefined)

    await journey.reviews.observe({ ...heard, correlation_id: 'again' })
    await journey.settle()

    expect((await journey.leased('w2', issue)).feedback).toBe('No.')
    expect(await journey.job(issue)).toMatchObject({ review: { rounds: 1 } })
    expect(await journey.gate()).toMatchObject({ pending: [], reworking: [{ number: pull }] })
  })
})

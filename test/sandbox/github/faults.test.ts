import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFaults } from '#sandbox/github/http/faults'
import type { Stats } from '#sandbox/github/http/tally'
import { ACME, acme, aGitHub, anOctokit, send } from './helpers.ts'

const comments = `/repos/${ACME}/issues/1/comments`

describe('a fault on order', () => {
  it('answers as told, as often as told, and touches nothing else', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'one' })
    github.fail({ match: { method: 'POST', path: /\/comments$/ }, times: 2, status: 502 })

    const statuses = []
    for (const _ of [1, 2, 3]) statuses.push((await send(github, 'POST', comments, { body: 'x' })).status)

    expect(statuses).toEqual([502, 502, 201])
    expect(github.stats().issues[`${ACME}#1`]?.comments).toBe(1)
  })

  it('does the work and cuts the connection', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'one' })
    await send(github, 'POST', '/_stand_in/faults', { match: { path: 'comments$' }, dropReply: true })

    await expect(send(github, 'POST', comments, { body: 'x' })).rejects.toThrow()

    expect(await (await send(github, 'GET', comments)).json()).toHaveLength(1)
  })

  it('leaves the caller waiting', async () => {
    const github = await aGitHub()
    github.fail({ hang: true })

    const call = fetch(`${github.url}/user`, { signal: AbortSignal.timeout(100) })

    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' })
    expect((await send(github, 'GET', '/user')).status).toBe(200)
  })

  it('looks like GitHub when it limits', async () => {
    const github = await aGitHub()
    github.fail({ status: 403, retryAfter: 7 })

    const limited = await anOctokit(github)
      .issues.listForRepo(acme)
      .catch((error) => error)

    expect(limited).toMatchObject({ status: 403, message: expect.stringContaining('secondary rate limit') })
    expect(limited.response.headers['retry-after']).toBe('7')
  })

  it('is refused when it is none or two at once, over HTTP too', async () => {
    const github = await aGitHub()

    expect(() => github.fail({})).toThrow('exactly one')
    expect((await send(github, 'POST', '/_stand_in/faults', { status: 500, hang: true })).status).toBe(422)
    expect((await send(github, 'POST', '/_stand_in/faults', { status: 500, match: { path: '(' } })).status).toBe(422)
  })

  it('is used up after its times, whatever else is on order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }), (orders) => {
        const faults = createFaults()
        for (const times of orders) faults.add({ status: 500, times })
        let failed = 0
        while (faults.take('GET', '/') !== undefined) failed += 1
        expect(failed).toBe(orders.reduce((sum, times) => sum + times, 0))
      }),
    )
  })
})

describe('statistics', () => {
  it('count calls by route and tell the labels of an issue through time', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    github.seed.issue({ repository: ACME, title: 'one', labels: ['ai-ready'] })
    await octokit.issues.setLabels({ ...acme, issue_number: 1, labels: ['ai-in-progress'] })
    await octokit.issues.createComment({ ...acme, issue_number: 1, body: 'Aye.' })

    const stats = (await (await send(github, 'GET', '/_stand_in/stats')).json()) as Stats

    expect(stats.calls).toEqual({
      'PUT /repos/:owner/:repo/issues/:number/labels': 1,
      'POST /repos/:owner/:repo/issues/:number/comments': 1,
    })
    expect(stats.issues[`${ACME}#1`]).toEqual({
      writes: { issue: 1, labels: 1, comment: 1 },
      comments: 1,
      labels: ['ai-in-progress'],
      ai_labels: ['ai-in-progress'],
      label_history: [['ai-ready'], ['ai-in-progress'], ['ai-in-progress']],
    })
  })
})

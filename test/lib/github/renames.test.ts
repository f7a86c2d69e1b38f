import { describe, expect, it, onTestFinished } from 'vitest'
import { hours } from '#lib/clock'
import { followRenames } from '#lib/github/renames'
import { createIssueSource } from '#lib/github/source'
import { createIssueWriter } from '#lib/github/writer'
import { aClient, aClock, aGitHub as aFakeGitHub, anIssueAnswer } from '#test/helpers/github'
import { ACME, aGitHub } from '#test/sandbox/github/helpers'

const STORE = 'acme/store'

async function aRenamed() {
  const github = await aGitHub({ token: 'test-token' })
  const number = github.seed.issue({ repository: ACME, title: 'Leak', labels: ['ai-ready', 'bug'] })
  github.seed.rename(ACME, STORE)
  const clock = aClock()
  const client = followRenames(aClient(github.url, { clock }).client, { apiUrl: github.url, clock })
  return { github, number, client, clock, moved: () => github.stats().statuses['301'] ?? 0 }
}

async function aFake() {
  const github = await aFakeGitHub()
  onTestFinished(() => github[Symbol.asyncDispose]())
  const clock = aClock()
  return { ...github, client: followRenames(aClient(github.url, { clock }).client, { apiUrl: github.url, clock }) }
}

describe('a renamed repository', () => {
  it('is read and written to under its old name, and found once', async () => {
    const { github, number, client, moved } = await aRenamed()
    const source = createIssueSource({ client })

    expect(await source.list(ACME, 'ai-ready', undefined)).toMatchObject({ issues: [{ repository: ACME, number }] })
    const found = moved()
    const write = { repository: ACME, number, state_label: 'ai-in-progress', remove_labels: ['ai-ready'] }
    const comment = { marker: 'completed:1', text: 'Done.' }
    expect(await createIssueWriter({ client }).apply({ ...write, comment }, { repeat: false })).toMatchObject({
      writes: 3,
    })
    await source.find(ACME, number)

    expect(github.stats().issues[`${STORE}#${number}`]).toMatchObject({
      comments: 1,
      labels: ['bug', 'ai-in-progress'],
    })
    expect(moved()).toBe(found)
    expect(source.renamedTo?.(ACME)).toBe(STORE)
  })

  it('whose first call is a write gets it, with its method and body', async () => {
    const { github, number, client } = await aRenamed()
    const params = { owner: 'acme', repo: 'shop', issue_number: number, body: 'Aye.' }

    const answer = await client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { params })

    expect(answer.status).toBe(201)
    expect(github.stats().issues[`${STORE}#${number}`]?.comments).toBe(1)
  })

  it('is asked about anew after a while: its old name may be another repository by then', async () => {
    const { client, clock, number, moved } = await aRenamed()
    const source = createIssueSource({ client })
    await source.find(ACME, number)
    const found = moved()

    clock.advance(hours(1))
    await source.find(ACME, number)

    expect(moved()).toBeGreaterThan(found)
  })

  it('by a temporary redirect is followed and not remembered', async () => {
    const { app, url, client, asked } = await aFake()
    app.get('/repos/acme/shop', (c) => c.json({}, 307, { location: `${url}/repositories/5` }))
    app.get('/repositories/5', (c) => c.json({ full_name: 'Acme/Store' }))
    app.get('/repos/acme/shop/issues/7', (c) => c.json({}, 307, { location: `${url}/repositories/5/issues/7` }))
    app.get('/repos/acme/store/issues/7', (c) => c.json(anIssueAnswer(7)))
    const source = createIssueSource({ client })

    expect(await source.find('acme/shop', 7)).toMatchObject({ kind: 'issue' })
    expect(source.renamedTo?.('acme/shop')).toBeUndefined()
    const before = asked.length
    await source.find('acme/shop', 7)
    expect(asked.length - before).toBe(before)
  })
})

describe('a redirect that is no renaming', () => {
  it('of a transferred issue leaves it gone: nothing is written to the issue it became', async () => {
    const { app, url, client, asked } = await aFake()
    app.get('/repos/acme/shop', (c) => c.json({ full_name: 'acme/shop' }))
    app.get('/repos/acme/shop/issues/7', (c) => c.json({}, 301, { location: `${url}/repositories/9/issues/3` }))
    app.get('/repositories/9', (c) => c.json({ full_name: 'acme/till' }))

    const found = await createIssueSource({ client }).find('acme/shop', 7)

    expect(found).toMatchObject({ kind: 'gone', reason: 'The issue was transferred to acme/till; it is #3 there.' })
    expect(asked.map(({ path }) => path)).not.toContain('/repos/acme/till/issues/3')
  })

  it('to another host is not followed, and the token stays here', async () => {
    const { app, client } = await aFake()
    const stranger = await aFakeGitHub()
    onTestFinished(() => stranger[Symbol.asyncDispose]())
    app.get('/repos/acme/shop', (c) => c.json({}, 301, { location: `${stranger.url}/repositories/5` }))
    app.get('/repositories/5', (c) => c.json({ full_name: 'evil/repo' }))

    const call = client.request('GET /repos/{owner}/{repo}', { params: { owner: 'acme', repo: 'shop' } })

    await expect(call).rejects.toMatchObject({ code: 'gone' })
    expect(stranger.asked).toEqual([])
  })

  it('in circles ends', async () => {
    const { app, url, client, asked } = await aFake()
    app.get('/repos/:owner/:repo', (c) => c.json({}, 301, { location: `${url}/repositories/5` }))
    app.get('/repositories/5', (c) => c.json({ full_name: 'acme/shop' }))

    const call = client.request('GET /repos/{owner}/{repo}', { params: { owner: 'acme', repo: 'shop' } })

    await expect(call).rejects.toMatchObject({ code: 'gone' })
    expect(asked.length).toBeLessThan(12)
  })
})

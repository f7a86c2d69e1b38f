import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pushBranch } from './git.ts'
import { ACME, aGitHub, send } from './helpers.ts'
import { expectAsDescribed } from './openapi.ts'

const REPO = '/repos/{owner}/{repo}'
const repo = `/repos/${ACME}`

describe('every answer is one that GitHub describes', () => {
  it('for issues', async () => {
    const github = await aGitHub()
    const issue = { title: 'Leak', body: 'Below deck 🚢', labels: ['bug', { name: 'priority: low' }] }

    await expectAsDescribed(`POST ${REPO}/issues`, await send(github, 'POST', `${repo}/issues`, issue))
    await expectAsDescribed(`GET ${REPO}/issues`, await send(github, 'GET', `${repo}/issues`))
    await expectAsDescribed(`GET ${REPO}/issues/{issue_number}`, await send(github, 'GET', `${repo}/issues/1`))
    const closing = { state: 'closed', state_reason: 'not_planned', labels: [] }
    const closed = await send(github, 'PATCH', `${repo}/issues/1`, closing)
    const body = await expectAsDescribed(`PATCH ${REPO}/issues/{issue_number}`, closed)

    expect(body).toMatchObject({ state: 'closed', state_reason: 'not_planned', closed_by: { login: 'coxswain-bot' } })
  })

  it('for labels and comments', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'Leak', labels: ['bug'] })
    const labels = `${REPO}/issues/{issue_number}/labels`
    const comments = `${REPO}/issues/{issue_number}/comments`
    const call = (method: string, path: string, body?: unknown) => send(github, method, `${repo}${path}`, body)

    await expectAsDescribed(`POST ${labels}`, await call('POST', '/issues/1/labels', { labels: ['deck'] }))
    await expectAsDescribed(`PUT ${labels}`, await call('PUT', '/issues/1/labels', { labels: ['deck', 'hull'] }))
    await expectAsDescribed(`GET ${labels}`, await call('GET', '/issues/1/labels'))
    await expectAsDescribed(`DELETE ${labels}/{name}`, await call('DELETE', '/issues/1/labels/deck'))
    await expectAsDescribed(`DELETE ${labels}/{name}`, await call('DELETE', '/issues/1/labels/deck'))
    await expectAsDescribed(`DELETE ${labels}`, await call('DELETE', '/issues/1/labels'))
    await expectAsDescribed(`POST ${REPO}/labels`, await call('POST', '/labels', { name: 'sail', color: 'ffffff' }))
    await expectAsDescribed(`POST ${REPO}/labels`, await call('POST', '/labels', { name: 'SAIL' }))
    await expectAsDescribed(`GET ${REPO}/labels`, await call('GET', '/labels'))
    await expectAsDescribed(`POST ${comments}`, await call('POST', '/issues/1/comments', { body: 'Aye.' }))
    await expectAsDescribed(`GET ${comments}`, await call('GET', '/issues/1/comments'))
  })

  it('for pull requests and reviews', async () => {
    const github = await aGitHub()
    await pushBranch(github, 'fix')
    const pulls = `${REPO}/pulls`
    const one = `${pulls}/{pull_number}`
    const call = (method: string, path: string, body?: unknown) => send(github, method, `${repo}${path}`, body)
    const draft = { title: 'Fix', head: 'acme:fix', base: 'main', body: 'Closes #1' }

    await expectAsDescribed(`POST ${pulls}`, await call('POST', '/pulls', draft))
    await expectAsDescribed(`POST ${pulls}`, await call('POST', '/pulls', draft))
    await call('POST', '/issues/1/labels', { labels: ['ready'] })
    await expectAsDescribed(`GET ${pulls}`, await call('GET', '/pulls'))
    await expectAsDescribed(`GET ${REPO}/issues`, await call('GET', '/issues'))
    await expectAsDescribed(`GET ${one}`, await call('GET', '/pulls/1'))
    await expectAsDescribed(`PATCH ${one}`, await call('PATCH', '/pulls/1', { title: 'Fix it' }))
    const review = { event: 'REQUEST_CHANGES', body: 'Knots!', comments: [{ path: 'LOG.md', line: 1, body: 'Which?' }] }
    await expectAsDescribed(`POST ${one}/reviews`, await call('POST', '/pulls/1/reviews', review))
    await expectAsDescribed(`POST ${one}/reviews`, await call('POST', '/pulls/1/reviews', { event: 'COMMENT' }))
    await expectAsDescribed(`GET ${one}/comments`, await call('GET', '/pulls/1/comments'))
    await expectAsDescribed(`GET ${one}/reviews`, await call('GET', '/pulls/1/reviews'))
    await expectAsDescribed(`GET ${one}/merge`, await call('GET', '/pulls/1/merge'))
    await expectAsDescribed(`PUT ${one}/merge`, await call('PUT', '/pulls/1/merge'))
    await expectAsDescribed(`GET ${one}/merge`, await call('GET', '/pulls/1/merge'))
    await expectAsDescribed(`PUT ${one}/merge`, await call('PUT', '/pulls/1/merge'))
    await expectAsDescribed(`GET ${one}`, await call('GET', '/pulls/1'))
  })

  it('for the history of an issue and the rights of people', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'Leak', labels: ['bug'] })
    await send(github, 'PATCH', `${repo}/issues/1`, { title: 'Leak!', labels: [], state: 'closed' })
    const rights = `${REPO}/collaborators/{username}/permission`

    const events = await send(github, 'GET', `${repo}/issues/1/events`)
    const told = await expectAsDescribed(`GET ${REPO}/issues/{issue_number}/events`, events)
    expect(told).toMatchObject(['labeled', 'renamed', 'unlabeled', 'closed'].map((event) => ({ event })))
    await expectAsDescribed(`GET ${rights}`, await send(github, 'GET', `${repo}/collaborators/ada/permission`))
  })

  it('for the repository, the user and the limits', async () => {
    const github = await aGitHub()

    await expectAsDescribed(`GET ${REPO}`, await send(github, 'GET', repo))
    await expectAsDescribed('GET /user', await send(github, 'GET', '/user'))
    await expectAsDescribed('GET /rate_limit', await send(github, 'GET', '/rate_limit'))
  })

  it.each([
    ['an unknown repository', 404, 'GET', '/repos/acme/none/issues', undefined],
    ['an unknown issue', 404, 'GET', `${repo}/issues/99`, undefined],
    ['no title', 422, 'POST', `${repo}/issues`, {}],
    ['a title of the wrong type', 422, 'POST', `${repo}/issues`, { title: [] }],
    ['a body too long', 422, 'POST', `${repo}/issues`, { title: 'x', body: 'x'.repeat(65_537) }],
    ['a state that is none', 422, 'GET', `${repo}/issues?state=sunk`, undefined],
  ])('for %s', async (...[, status, method, path, body]) => {
    const github = await aGitHub()

    const response = await send(github, method, path, body)

    expect(response.status).toBe(status)
    expect(await expectAsDescribed(`${method} ${REPO}/issues`, response)).toMatchObject({ status: String(status) })
  })

  it('for an issue that was deleted, and for a body that is no JSON', async () => {
    const github = await aGitHub()
    const number = github.seed.issue({ repository: ACME, title: 'Gone' })
    github.seed.deleteIssue(ACME, number)

    const gone = await send(github, 'GET', `${repo}/issues/${number}`)
    const garbled = await fetch(`${github.url}${repo}/issues`, { method: 'POST', body: '{' })

    expect(gone.status).toBe(410)
    await expectAsDescribed(`GET ${REPO}/issues/{issue_number}`, gone)
    expect(garbled.status).toBe(400)
    await expectAsDescribed(`POST ${REPO}/issues`, garbled)
  })

  it('for an issue that is locked: its state, and who may comment', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'Leak' })
    const lock = `${REPO}/issues/{issue_number}/lock`
    const comment = () => send(github, 'POST', `${repo}/issues/1/comments`, { body: 'Aye.' })

    await expectAsDescribed(`PUT ${lock}`, await send(github, 'PUT', `${repo}/issues/1/lock`))
    const issue = await expectAsDescribed(
      `GET ${REPO}/issues/{issue_number}`,
      await send(github, 'GET', `${repo}/issues/1`),
    )
    expect(issue).toMatchObject({ locked: true })
    expect((await comment()).status).toBe(201)
    github.seed.permission(ACME, 'coxswain-bot', 'triage')
    const refused = await comment()
    expect(refused.status).toBe(403)
    expect(await expectAsDescribed(`POST ${REPO}/issues/{issue_number}/comments`, refused)).toMatchObject({
      message: 'Unable to create comment because issue is locked.',
    })
    await expectAsDescribed(`DELETE ${lock}`, await send(github, 'DELETE', `${repo}/issues/1/lock`))
    expect((await comment()).status).toBe(201)
  })

  it('for a repository that is archived: reads go on, every write is refused', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'Leak', labels: ['bug'] })
    const archived = await send(github, 'PATCH', repo, { archived: true })
    expect(await expectAsDescribed(`PATCH ${REPO}`, archived)).toMatchObject({ archived: true })

    expect((await send(github, 'GET', `${repo}/issues/1`)).status).toBe(200)
    for (const [method, path, route, body] of [
      ['POST', '/issues/1/labels', '/issues/{issue_number}/labels', { labels: ['deck'] }],
      ['DELETE', '/issues/1/labels/bug', '/issues/{issue_number}/labels/{name}', undefined],
      ['POST', '/issues/1/comments', '/issues/{issue_number}/comments', { body: 'Aye.' }],
    ] as const) {
      const refused = await send(github, method, `${repo}${path}`, body)
      expect(refused.status).toBe(403)
      expect(await expectAsDescribed(`${method} ${REPO}${route}`, refused)).toMatchObject({
        message: 'Repository was archived so is read-only.',
      })
    }
  })

  it('for labels whatever their case: put on once, taken off by any spelling, 404 for one that is not there', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'Leak', labels: ['Bug'] })
    const labels = `${REPO}/issues/{issue_number}/labels`
    const call = (method: string, path: string, body?: unknown) =>
      send(github, method, `${repo}/issues/1/labels${path}`, body)
    const names = (body: unknown) => (body as { name: string }[]).map(({ name }) => name)

    expect(
      names(await expectAsDescribed(`POST ${labels}`, await call('POST', '', { labels: ['BUG', 'ai-ready'] }))),
    ).toEqual(['Bug', 'ai-ready'])
    expect(names(await expectAsDescribed(`DELETE ${labels}/{name}`, await call('DELETE', '/AI-Ready')))).toEqual([
      'Bug',
    ])
    const missing = await call('DELETE', '/ai-ready')
    expect(missing.status).toBe(404)
    expect(await expectAsDescribed(`DELETE ${labels}/{name}`, missing)).toMatchObject({
      message: 'Label does not exist',
    })
    const many = { labels: Array.from({ length: 100 }, (_, at) => `label-${at}`) }
    const tooMany = await call('POST', '', many)
    expect(tooMany.status).toBe(422)
    await expectAsDescribed(`POST ${labels}`, tooMany)
  })

  it.each([
    ['GET', '/issues/1', '/issues/{issue_number}', undefined],
    ['POST', '/issues/1/labels', '/issues/{issue_number}/labels', { labels: ['deck'] }],
    ['DELETE', '/issues/1/labels/bug', '/issues/{issue_number}/labels/{name}', undefined],
  ])('for a renamed repository: %s %s', async (method, path, route, body) => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'Leak', labels: ['bug'] })
    github.seed.rename(ACME, 'acme/store')

    const moved = await fetch(`${github.url}${repo}${path}`, {
      ...{ method, redirect: 'manual' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })

    expect(moved.status).toBe(301)
    expect(moved.headers.get('location')).toMatch(/\/repositories\/\d+\/issues\/1/)
    expect(await expectAsDescribed(`${method} ${REPO}${route}`, moved)).toMatchObject({ message: 'Moved Permanently' })
  })

  it('for a token that is wrong, one that lacks a right, and one that was limited', async () => {
    const github = await aGitHub({ token: 'right' })
    github.seed.issue({ repository: ACME, title: 'Leak' })
    const post = (token: string) =>
      fetch(`${github.url}${repo}/issues/1/comments`, {
        ...{ method: 'POST', body: '{"body":"Aye."}' },
        headers: { authorization: `Bearer ${token}` },
      })
    const route = `POST ${REPO}/issues/{issue_number}/comments`

    expect(await expectAsDescribed(route, await post('wrong'))).toMatchObject({ message: 'Bad credentials' })
    github.fail({ status: 403, message: 'Resource not accessible by integration' })
    expect(await expectAsDescribed(route, await post('right'))).toMatchObject({ status: '403' })
    github.fail({ status: 403, retryAfter: 7 })
    const limited = await post('right')
    expect(limited.headers.get('retry-after')).toBe('7')
    expect(await expectAsDescribed(route, limited)).toMatchObject({
      message: expect.stringContaining('secondary rate limit'),
    })
    github.fail({ status: 403, page: true })
    const page = await post('right')
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('You have exceeded a secondary rate limit')
  })

  it('for what an App asks in its own name', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = String(publicKey.export({ type: 'spki', format: 'pem' }))
    const github = await aGitHub({ app: { id: '4711', publicKey: pem, installations: { 7: 'acme' } } })
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const now = Math.floor(Date.now() / 1000)
    const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: '4711', iat: now - 30, exp: now + 300 })}`
    const jwt = `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
    const ask = (method: string, path: string, token = jwt) =>
      fetch(`${github.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } })
    const grant = 'POST /app/installations/{installation_id}/access_tokens'

    await expectAsDescribed(`GET ${REPO}/installation`, await ask('GET', `${repo}/installation`))
    await expectAsDescribed(grant, await ask('POST', '/app/installations/7/access_tokens'))
    await expectAsDescribed(grant, await ask('POST', '/app/installations/9/access_tokens'))
    await expectAsDescribed(grant, await ask('POST', '/app/installations/7/access_tokens', 'no-token'))
  })

  it('takes a body of exactly 65,536 characters, emoji counted once', async () => {
    const github = await aGitHub()

    const response = await send(github, 'POST', `${repo}/issues`, { title: 'x', body: '🚢'.repeat(65_536) })

    expect(response.status).toBe(201)
  })
})

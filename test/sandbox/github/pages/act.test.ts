import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pushBranch } from '../git.ts'
import { ACME, acme, aGitHub, anOctokit } from '../helpers.ts'
import { open, type Page, submit } from './browser.ts'

describe('a new issue', () => {
  it('is written on a form, and its webhook says so as GitHub’s does', async () => {
    const told = await aReceiver()
    const github = await aGitHub({ webhook: { url: told.url, secret: 's3cret' } })

    const form = await open(`${github.url}/acme/shop/issues/new`)
    const page = await submit(form, '/acme/shop/issues/new', {
      title: 'Say ahoy',
      body: 'in LOG.md\r\nplease',
      labels: 'ai-ready, bug',
    })

    expect(page).toMatchObject({ status: 200, url: `${github.url}/acme/shop/issues/1` })
    const { data } = await anOctokit(github).issues.get({ ...acme, issue_number: 1 })
    expect(data).toMatchObject({
      title: 'Say ahoy',
      body: 'in LOG.md\r\nplease',
      user: { login: 'you' },
      labels: [{ name: 'ai-ready' }, { name: 'bug' }],
    })
    await github.delivered()
    expect(told.actions).toEqual(['issues opened', 'issues labeled', 'issues labeled'])
  })

  it('that is refused keeps what was typed and says why', async () => {
    const github = await aGitHub()
    const form = await open(`${github.url}/acme/shop/issues/new`)

    const page = await submit(form, '/acme/shop/issues/new', { title: ' ', body: 'a < b', labels: 'x'.repeat(51) })

    expect(page.status).toBe(422)
    expect(page.text).toContain('title is missing field')
    expect(page.text).toContain('>a &lt; b</textarea>')
  })
})

describe('an issue', () => {
  it('is commented, labelled, closed and opened again', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'A leak', labels: ['bug'] })
    const path = '/acme/shop/issues/1'

    let page = await open(github.url + path)
    page = await submit(page, `${path}/comment`, { body: 'Where?', do: 'comment' })
    page = await submit(page, `${path}/labels`, { add: 'ai-ready' })
    page = await submit(page, `${path}/labels`, { remove: 'bug' })
    page = await submit(page, `${path}/comment`, { body: 'Mended.', do: 'close' })
    const closed = await anOctokit(github).issues.get({ ...acme, issue_number: 1 })
    page = await submit(page, `${path}/comment`, { body: '', do: 'reopen' })

    expect(closed.data).toMatchObject({ state: 'closed', comments: 2, labels: [{ name: 'ai-ready' }] })
    expect(page.text).toContain('<span class="state open">open</span>')
    expect(page.text).toMatch(/Where\?.*Mended\./s)
  })

  it('takes no empty comment, and says so on its page', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'A leak' })
    const path = '/acme/shop/issues/1'

    const page = await submit(await open(github.url + path), `${path}/comment`, { body: ' ', do: 'comment' })

    expect(page).toMatchObject({ status: 422, text: expect.stringContaining('Body cannot be blank') })
  })
})

describe('a pull request', () => {
  it('is sent back, approved and merged, and its webhooks say so', async () => {
    const told = await aReceiver()
    const github = await aGitHub({ webhook: { url: told.url, secret: 's3cret' } })
    const { page: opened, path } = await aPullPage(github)

    let page = await submit(opened, `${path}/review`, { event: 'REQUEST_CHANGES', body: 'Name the constant.' })
    page = await submit(page, `${path}/review`, { event: 'APPROVE', body: '' })
    page = await submit(page, `${path}/merge`, { merge_method: 'squash' })

    expect(page.text).toContain('<span class="state merged">merged</span>')
    const reviews = await anOctokit(github).pulls.listReviews({ ...acme, pull_number: 2 })
    expect(reviews.data.map(({ state, user }) => [state, user?.login])).toEqual([
      ['CHANGES_REQUESTED', 'you'],
      ['APPROVED', 'you'],
    ])
    expect((await anOctokit(github).issues.get({ ...acme, issue_number: 1 })).data.state).toBe('closed')
    await github.delivered()
    expect(told.actions.slice(-4)).toEqual([
      'pull_request_review submitted',
      'pull_request_review submitted',
      'pull_request closed',
      'issues closed',
    ])
  })

  it('is not sent back without a word', async () => {
    const { page, path } = await aPullPage(await aGitHub())

    const answer = await submit(page, `${path}/review`, { event: 'REQUEST_CHANGES', body: '' })

    expect(answer).toMatchObject({ status: 422, text: expect.stringContaining('Review body can not be blank') })
  })

  it('is not merged when its branch moved after the page was opened', async () => {
    const github = await aGitHub()
    const { page, path } = await aPullPage(github)

    const answer = await submit(page, `${path}/merge`, { merge_method: 'squash', sha: '0'.repeat(40) })

    expect(answer).toMatchObject({ status: 409, text: expect.stringContaining('Head branch was modified') })
  })

  it('is closed without being merged, and opened again', async () => {
    const github = await aGitHub()
    const { page, path } = await aPullPage(github)

    const closed = await submit(page, `${path}/comment`, { body: '', do: 'close' })
    const again = await submit(closed, `${path}/comment`, { body: '', do: 'reopen' })

    expect(closed.text).toContain('<span class="state refused">closed</span>')
    expect(again.text).toContain('<span class="state open">open</span>')
  })
})

describe('a form', () => {
  const path = '/acme/shop/issues/new'

  it('without the word of this start changes nothing', async () => {
    const github = await aGitHub()
    const body = new URLSearchParams({ title: 'Forged', word: 'guessed' })

    const answer = await fetch(github.url + path, { method: 'POST', body })

    expect(answer.status).toBe(403)
    expect((await anOctokit(github).issues.listForRepo(acme)).data).toEqual([])
  })

  it('of an earlier start is refused with what to do', async () => {
    const first = await aGitHub()
    const page = await open(first.url + path)
    const second = await aGitHub()

    const answer = await submit({ ...page, url: second.url + path }, path, { title: 'Late' })

    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('Load the page again') })
  })

  it.each(['application/json', 'text/plain'])('sent as %s is refused', async (type) => {
    const github = await aGitHub()

    const answer = await fetch(github.url + path, { method: 'POST', headers: { 'content-type': type }, body: '{}' })

    expect(answer.status).toBe(415)
  })

  it('of more than a megabyte is refused', async () => {
    const github = await aGitHub()
    const page = await open(github.url + path)

    const answer = await submit(page, path, { title: 'Long', body: 'x'.repeat(1024 * 1024) })

    expect(answer.status).toBe(413)
  })

  it('to an archived repository is refused', async () => {
    const github = await aGitHub()
    const page = await open(github.url + path)
    await anOctokit(github).repos.update({ ...acme, archived: true })

    const answer = await submit(page, path, { title: 'Late' })

    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('archived so is read-only') })
  })
})

/** The page of pull request #2, which closes issue #1. */
async function aPullPage(github: Awaited<ReturnType<typeof aGitHub>>): Promise<{ page: Page; path: string }> {
  github.seed.issue({ repository: ACME, title: 'A leak' })
  await pushBranch(github, 'fix')
  await anOctokit(github).pulls.create({ ...acme, title: 'Mend it', head: 'fix', base: 'main', body: 'Closes #1' })
  const path = '/acme/shop/pull/2'
  return { page: await open(github.url + path), path }
}

/** Hears webhooks: event and action of each. */
async function aReceiver(): Promise<{ readonly url: string; readonly actions: readonly string[] }> {
  const actions: string[] = []
  const server = createServer(async (request, response) => {
    const { action } = (await json(request)) as { action: string }
    actions.push(`${request.headers['x-github-event']} ${action}`)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, actions }
}

import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withMarker } from '#lib/github/comments'
import type { IssueWrite, IssueWriter } from '#lib/github/ports'
import { createIssueWriter } from '#lib/github/writer'
import { aClient, aGitHub, anIssueAnswer, type FakeGitHub } from '#test/helpers/github'

let github: FakeGitHub
let writer: IssueWriter
let labels: string[]
let comments: string[]

beforeEach(async () => {
  github = await aGitHub()
  writer = createIssueWriter({ client: aClient(github.url).client })
  labels = ['bug', 'ai-ready']
  comments = []
})

afterEach(async () => {
  await github[Symbol.asyncDispose]()
})

/** One issue that can be read, labelled and commented on. */
function serveIssue(app: Hono): void {
  app.get('/repos/acme/shop/issues/7', (c) => c.json(anIssueAnswer(7, { labels: labels.map((name) => ({ name })) })))
  app.get('/repos/acme/shop', (c) => c.json({ full_name: 'acme/shop' }))
  app.post('/repos/acme/shop/issues/7/labels', async (c) => {
    labels = [...labels, ...(await c.req.json<{ labels: string[] }>()).labels]
    return c.json(labels.map((name) => ({ name })))
  })
  app.delete('/repos/acme/shop/issues/7/labels/:name', (c) => {
    if (!labels.includes(c.req.param('name'))) return c.json({ message: 'Label does not exist' }, 404)
    labels = labels.filter((label) => label !== c.req.param('name'))
    return c.json(labels.map((name) => ({ name })))
  })
  app.get('/repos/acme/shop/issues/7/comments', (c) => {
    const page = Number(c.req.query('page'))
    const last = Math.max(1, Math.ceil(comments.length / 100))
    const link: Record<string, string> =
      page < last
        ? { link: `<${github.url}/x?page=${page + 1}>; rel="next", <${github.url}/x?page=${last}>; rel="last"` }
        : {}
    return c.json(
      comments.slice((page - 1) * 100, page * 100).map((body) => ({ body })),
      200,
      link,
    )
  })
  app.post('/repos/acme/shop/issues/7/comments', async (c) => {
    comments.push((await c.req.json<{ body: string }>()).body)
    return c.json({ id: comments.length }, 201)
  })
}

function aWrite(changes: Partial<IssueWrite> = {}): IssueWrite {
  return {
    repository: 'acme/shop',
    number: 7,
    state_label: 'ai-completed',
    remove_labels: ['ai-ready', 'ai-in-progress', 'ai-failed'],
    comment: { marker: 'completed:1', text: 'Done.' },
    ...changes,
  }
}

const asked = (): string[] => github.asked.map(({ method }) => method)

describe('a write', () => {
  it('puts the new state on, takes the old one off and leaves its comment', async () => {
    serveIssue(github.app)
    const report = await writer.apply(aWrite(), { repeat: false })
    expect(report).toEqual({ writes: 3, labels: ['bug', 'ai-completed'] })
    expect(labels).toEqual(['bug', 'ai-completed'])
    expect(comments).toEqual(['Done.\n\n<!-- coxswain:completed:1 -->'])
    expect(asked()).toEqual(['GET', 'POST', 'DELETE', 'POST'])
  })

  it('keeps a label that a person adds between our look and our change', async () => {
    github.app.get('/repos/acme/shop/issues/7', async (c, next) => {
      await next()
      labels = [...labels, 'urgent']
      c.header('x-then', 'a person adds a label')
    })
    serveIssue(github.app)
    await writer.apply(aWrite({ comment: null }), { repeat: false })
    expect(labels.toSorted()).toEqual(['ai-completed', 'bug', 'urgent'])
  })

  it('takes a label that a person has taken off meanwhile for taken off', async () => {
    github.app.get('/repos/acme/shop/issues/7', async (_, next) => {
      await next()
      labels = labels.filter((label) => label !== 'ai-ready')
    })
    serveIssue(github.app)
    expect(await writer.apply(aWrite({ comment: null }), { repeat: false })).toMatchObject({ writes: 2 })
    expect(labels).toEqual(['bug', 'ai-completed'])
  })

  it('leaves the labels alone that were shown before: a person may have asked for the work anew', async () => {
    serveIssue(github.app)
    labels = ['bug', 'ai-ready']
    expect(await writer.apply(aWrite({ labels_shown: true }), { repeat: false })).toMatchObject({ writes: 1 })
    expect(labels).toEqual(['bug', 'ai-ready'])
  })

  it('writes nothing when all is as it should be', async () => {
    serveIssue(github.app)
    labels = ['AI-Completed', 'bug']
    expect(await writer.apply(aWrite({ comment: null }), { repeat: false })).toMatchObject({ writes: 0 })
    expect(asked()).toEqual(['GET'])
  })

  it('is a no-op when it is repeated', async () => {
    serveIssue(github.app)
    await writer.apply(aWrite(), { repeat: false })
    expect(await writer.apply(aWrite(), { repeat: true })).toMatchObject({ writes: 0 })
    expect(comments).toHaveLength(1)
  })

  it('is finished by a repeat when the reply to the comment was lost', async () => {
    let posts = 0
    github.app.post('/repos/acme/shop/issues/7/comments', async (c, next) => {
      posts += 1
      if (posts > 1) return next()
      comments.push((await c.req.json<{ body: string }>()).body)
      return c.json({ message: 'lost' }, 502)
    })
    serveIssue(github.app)
    await expect(writer.apply(aWrite(), { repeat: false })).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { status: 502, writes: 3 },
    })
    expect(await writer.apply(aWrite(), { repeat: true })).toMatchObject({ writes: 0 })
    expect(comments).toHaveLength(1)
  })

  it('finds its comment on the newest of many pages', async () => {
    serveIssue(github.app)
    comments = Array.from({ length: 2_350 }, (_, at) => `comment ${at}`)
    comments.push(withMarker({ marker: 'completed:1', text: 'Done.' }))
    await writer.apply(aWrite(), { repeat: true })
    expect(comments).toHaveLength(2_351)
    expect(github.asked.filter(({ path }) => path.endsWith('/comments'))).toHaveLength(2)
  })

  it('looks through a bounded number of pages', async () => {
    serveIssue(github.app)
    comments = Array.from({ length: 2_350 }, (_, at) => `comment ${at}`)
    expect(await writer.apply(aWrite(), { repeat: true })).toMatchObject({ writes: 3 })
    expect(github.asked.filter(({ method, path }) => method === 'GET' && path.endsWith('/comments'))).toHaveLength(11)
  })

  it('is not fooled by a comment that quotes the marker', async () => {
    serveIssue(github.app)
    comments = ['> <!-- coxswain:completed:1 -->\nnice']
    expect(await writer.apply(aWrite(), { repeat: true })).toMatchObject({ writes: 3 })
  })

  it.each([404, 410] as const)('to an issue that answers %i succeeds and writes nothing', async (status) => {
    github.app.get('/repos/acme/shop/issues/7', (c) => c.json({ message: 'gone' }, status))
    serveIssue(github.app)
    expect(await writer.apply(aWrite(), { repeat: false })).toEqual({ writes: 0, labels: [] })
    expect(asked()).toEqual(['GET', 'GET'])
  })

  it.each([
    ['the whole repository is out of sight', 404, { message: 'Not Found' }],
    ['its issues are turned off', 410, { message: 'Issues has been disabled in this repository.' }],
  ] as const)('stays owed when %s', async (_, status, body) => {
    github.app.get('/repos/acme/shop/issues/7', (c) => c.json(body, status))
    await expect(writer.apply(aWrite(), { repeat: false })).rejects.toMatchObject({
      code: 'gone',
      details: { refused: 'repository', writes: 0 },
    })
  })

  it('is refused for the repository where the token may read an issue but not write to it', async () => {
    github.app.post('/repos/acme/shop/issues/7/labels', (c) => c.json({ message: 'Not Found' }, 404))
    serveIssue(github.app)
    await expect(writer.apply(aWrite(), { repeat: false })).rejects.toMatchObject({
      code: 'forbidden',
      details: { refused: 'repository', writes: 1 },
    })
  })

  it('to an issue that vanishes in between succeeds with what got through', async () => {
    github.app.post('/repos/acme/shop/issues/7/comments', (c) => c.json({ message: 'gone' }, 410))
    serveIssue(github.app)
    expect(await writer.apply(aWrite(), { repeat: false })).toMatchObject({ writes: 3 })
  })

  it('says which right is missing', async () => {
    github.app.post('/repos/acme/shop/issues/7/labels', (c) =>
      c.json({ message: 'Resource not accessible by integration' }, 403, {
        'x-accepted-github-permissions': 'issues=write; pull_requests=write',
      }),
    )
    serveIssue(github.app)
    await expect(writer.apply(aWrite(), { repeat: false })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('issues=write'),
      details: { refused: 'repository' },
    })
  })

  it('to a locked issue says so, and claims no missing right', async () => {
    github.app.post('/repos/acme/shop/issues/7/comments', (c) =>
      c.json({ message: 'Unable to create comment because issue is locked.' }, 403, {
        'x-accepted-github-permissions': 'issues=write; pull_requests=write',
        'x-accepted-oauth-scopes': 'repo',
      }),
    )
    serveIssue(github.app)
    await expect(writer.apply(aWrite(), { repeat: false })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/issue is locked/),
      details: { refused: 'item' },
    })
  })
})

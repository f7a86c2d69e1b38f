import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { IssueSource, Listing } from '#lib/github/ports'
import { createIssueSource } from '#lib/github/source'
import { aClient, aGitHub, anIssueAnswer, type FakeGitHub } from '#test/helpers/github'

type IssueAnswer = Record<string, unknown>

let github: FakeGitHub
let source: IssueSource
/** What the listing holds, in order. */
let issues: IssueAnswer[]

beforeEach(async () => {
  github = await aGitHub()
  source = createIssueSource({ client: aClient(github.url).client })
  issues = []
})

afterEach(async () => {
  await github[Symbol.asyncDispose]()
})

/** Answers a page of `issues` as GitHub does: ETag over the body, Link with what comes next. */
function answerPage(c: Context): Response {
  const page = Number(c.req.query('page') ?? '1')
  const entries = issues.slice((page - 1) * 100, page * 100)
  const etag = `W/"${createHash('sha256').update(JSON.stringify(entries)).digest('hex')}"`
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, { etag })
  const next = new URL(c.req.url)
  next.searchParams.set('page', String(page + 1))
  const link = page * 100 < issues.length ? { link: `<${next.href}>; rel="next"` } : undefined
  return c.json(entries, 200, { etag, ...link })
}

function serveListing(): void {
  github.app.get('/repos/acme/shop/issues', answerPage)
}

const list = (tag?: readonly string[]): Promise<Listing> => source.list('acme/shop', 'ai-ready', tag)
const many = (count: number): IssueAnswer[] => Array.from({ length: count }, (_, at) => anIssueAnswer(at + 1))

async function listed(tag?: readonly string[]): Promise<Extract<Listing, { kind: 'listed' }>> {
  const listing = await list(tag)
  if (listing.kind !== 'listed') throw new Error('the listing is unchanged')
  return listing
}

function numbersOf({ issues: found }: { issues: readonly { number: number }[] }): number[] {
  return found.map(({ number }) => number)
}

describe('a listing', () => {
  it('asks for open issues of the label, oldest first, a hundred a page', async () => {
    serveListing()
    await list()
    expect(github.asked[0]?.query).toEqual({
      state: 'open',
      labels: 'ai-ready',
      sort: 'created',
      direction: 'asc',
      per_page: '100',
    })
  })

  it('tells an issue in our words', async () => {
    serveListing()
    issues = [anIssueAnswer(7, { labels: ['plain', { name: 'ai-ready' }], body: null, user: null })]
    expect((await listed()).issues).toEqual([
      {
        repository: 'acme/shop',
        number: 7,
        title: 'Issue 7',
        body: '',
        labels: ['plain', 'ai-ready'],
        state: 'open',
        author: 'ghost',
        association: 'MEMBER',
        created_at: Date.parse('2026-01-01T00:07:00Z'),
        updated_at: Date.parse('2026-01-01T00:07:00Z'),
      },
    ])
  })

  it('lower-cases the name of the repository', async () => {
    github.app.get('/repos/Acme/Shop/issues', (c) => c.json([anIssueAnswer(1)]))
    const listing = await source.list('Acme/Shop', 'ai-ready', undefined)
    expect(listing).toMatchObject({ kind: 'listed', issues: [{ repository: 'acme/shop' }] })
  })

  it('walks every page', async () => {
    serveListing()
    issues = many(250)
    const { issues: found, tag } = await listed()
    expect(found).toHaveLength(250)
    expect(tag).toHaveLength(3)
  })

  it('follows a cursor that GitHub puts into its link', async () => {
    github.app.get('/repos/acme/shop/issues', (c) =>
      c.req.query('after') === 'Y3Vy='
        ? c.json([anIssueAnswer(2)], 200, { etag: '"two"' })
        : c.json([anIssueAnswer(1)], 200, {
            etag: '"one"',
            link: '<https://elsewhere.example/repositories/1/issues?after=Y3Vy%3D&page=2>; rel="next"',
          }),
    )
    const { tag, ...rest } = await listed()
    expect(numbersOf(rest)).toEqual([1, 2])
    expect(tag).toEqual(['"one"', '"two" page=2&after=Y3Vy%3D'])
  })

  it('leaves pull requests out', async () => {
    serveListing()
    issues = [anIssueAnswer(1), anIssueAnswer(2, { pull_request: { url: 'x' } })]
    expect(numbersOf(await listed())).toEqual([1])
  })

  it('keeps text that no store could hold out of titles, bodies and labels', async () => {
    const raw = JSON.stringify([anIssueAnswer(1, { title: 'TITLE', body: 'BODY', labels: [{ name: 'LABEL' }] })])
      .replace('TITLE', 'a\\ud800b 😀 $(curl x) ../')
      .replace('BODY', '\\u0000x\\udc00')
      .replace('LABEL', 'l\\u0000')
    github.app.get('/repos/acme/shop/issues', (c) => c.body(raw, 200, { 'content-type': 'application/json' }))
    expect((await listed()).issues).toMatchObject([
      { title: 'a\ufffdb 😀 $(curl x) ../', body: 'x\ufffd', labels: ['l'] },
    ])
  })

  it('takes the longest body GitHub allows', async () => {
    serveListing()
    issues = [anIssueAnswer(1, { body: '😀'.repeat(32_768) })]
    expect((await listed()).issues[0]?.body).toHaveLength(65_536)
  })

  it('tells an issue once that moved to the next page while it was read', async () => {
    issues = many(150)
    const first = issues.slice(0, 100)
    let calls = 0
    github = await withListing((c) => {
      calls += 1
      if (calls === 2) issues = [anIssueAnswer(500, { created_at: '2025-01-01T00:00:00Z' }), ...issues]
      return answerPage(c)
    })
    const found = numbersOf(await listed())
    expect(found).toHaveLength(150)
    expect(new Set(found).size).toBe(150)
    expect(first.every(({ number }) => found.includes(number as number))).toBe(true)
  })

  it('fails as a whole when its second page fails', async () => {
    issues = many(150)
    github = await withListing((c) => (c.req.query('page') === '2' ? c.json({ message: 'x' }, 500) : answerPage(c)))
    await expect(list()).rejects.toMatchObject({ code: 'upstream_unavailable' })
  })

  it('fails when an answer has another shape, without quoting it', async () => {
    github.app.get('/repos/acme/shop/issues', (c) => c.json([anIssueAnswer(1, { number: 'SECRET' })]))
    const error: unknown = await list().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'upstream_unavailable' })
    expect(String((error as Error).cause)).toContain('0.number')
    expect(String((error as Error).cause)).not.toContain('SECRET')
  })

  it('fails instead of running in circles', async () => {
    github.app.get('/repos/acme/shop/issues', (c) =>
      c.json([anIssueAnswer(1)], 200, { link: '<https://x/?page=2>; rel="next"' }),
    )
    await expect(list()).rejects.toMatchObject({ code: 'upstream_unavailable' })
  })

  it('names the new place of a repository that moved', async () => {
    github.app.get('/repos/acme/shop/issues', (c) => c.redirect(`${github.url}/repositories/5/issues`, 301))
    github.app.get('/repositories/5', (c) => c.json({ full_name: 'Acme/Store' }))
    await expect(list()).rejects.toMatchObject({ code: 'gone', details: { moved_to: 'acme/store' } })
  })

  it('says gone for a repository that is not there', async () => {
    github.app.get('/repos/acme/shop/issues', (c) => c.json({ message: 'Not Found' }, 404))
    await expect(list()).rejects.toMatchObject({ code: 'gone' })
  })

  it('refuses a repository name that is none before asking', async () => {
    await expect(source.list('../..', 'ai-ready', undefined)).rejects.toMatchObject({ code: 'invalid' })
    expect(github.asked).toHaveLength(0)
  })
})

describe('a listing asked again', () => {
  it('is unchanged when every page says so', async () => {
    serveListing()
    issues = many(150)
    const { tag } = await listed()
    expect(await list(tag)).toEqual({ kind: 'unchanged' })
    expect(github.asked).toHaveLength(4)
  })

  it('is told in full when one page changed', async () => {
    serveListing()
    issues = many(250)
    const { tag } = await listed()
    issues = issues.map((issue) => (issue['number'] === 150 ? { ...issue, title: 'New' } : issue))
    const again = await listed(tag)
    expect(again.issues).toHaveLength(250)
    expect(again.issues[149]?.title).toBe('New')
    expect(await list(again.tag)).toEqual({ kind: 'unchanged' })
  })

  it.each([100, 200])('sees an issue join behind a full last page (%i issues)', async (count) => {
    serveListing()
    issues = many(count)
    const { tag } = await listed()
    expect(await list(tag)).toEqual({ kind: 'unchanged' })
    issues = many(count + 1)
    expect((await listed(tag)).issues).toHaveLength(count + 1)
  })

  it('sees the last page vanish', async () => {
    serveListing()
    issues = many(101)
    const { tag } = await listed()
    issues = many(99)
    expect((await listed(tag)).issues).toHaveLength(99)
  })

  it('is told in full when GitHub sent no tags', async () => {
    github.app.get('/repos/acme/shop/issues', (c) => c.json([anIssueAnswer(1)]))
    const { tag } = await listed()
    expect((await listed(tag)).issues).toHaveLength(1)
    expect(github.asked[1]?.headers).not.toHaveProperty('if-none-match')
  })

  it('notices next time what changed while it was read', async () => {
    issues = many(150)
    let calls = 0
    github = await withListing((c) => {
      calls += 1
      if (calls === 2) issues = issues.slice(1)
      return answerPage(c)
    })
    const { tag } = await listed()
    const again = await listed(tag)
    expect(numbersOf(again)).toEqual(Array.from({ length: 149 }, (_, at) => at + 2))
  })
})

describe('one issue', () => {
  it('is found', async () => {
    github.app.get('/repos/acme/shop/issues/7', (c) => c.json(anIssueAnswer(7, { state: 'closed' })))
    expect(await source.find('acme/shop', 7)).toMatchObject({ kind: 'issue', issue: { number: 7, state: 'closed' } })
  })

  it.each([404, 410] as const)('is gone when GitHub answers %i and the repository is there', async (status) => {
    github.app.get('/repos/acme/shop/issues/7', (c) => c.json({ message: 'gone' }, status))
    github.app.get('/repos/acme/shop', (c) => c.json({ full_name: 'acme/shop' }))
    expect(await source.find('acme/shop', 7)).toMatchObject({ kind: 'gone' })
  })

  it('is not called gone when the whole repository is out of sight', async () => {
    github.app.get('/repos/acme/shop/issues/7', (c) => c.json({ message: 'Not Found' }, 404))
    github.app.get('/repos/acme/shop', (c) => c.json({ message: 'Not Found' }, 404))
    await expect(source.find('acme/shop', 7)).rejects.toMatchObject({ code: 'gone' })
  })

  it('is gone when it was transferred, and the reason says where to', async () => {
    github.app.get('/repos/acme/shop/issues/7', (c) => c.redirect(`${github.url}/repositories/6/issues/3`, 301))
    github.app.get('/repos/acme/shop', (c) => c.json({ full_name: 'acme/shop' }))
    github.app.get('/repositories/6', (c) => c.json({ full_name: 'acme/till' }))
    expect(await source.find('acme/shop', 7)).toEqual({
      kind: 'gone',
      reason: 'The issue was transferred to acme/till; it is #3 there.',
      moved_to: { repository: 'acme/till', number: 3 },
    })
  })

  it('is not called gone when its repository was renamed', async () => {
    github.app.get('/repos/acme/shop/issues/7', (c) => c.redirect(`${github.url}/repositories/5/issues/7`, 301))
    github.app.get('/repos/acme/shop', (c) => c.redirect(`${github.url}/repositories/5`, 301))
    github.app.get('/repositories/5', (c) => c.json({ full_name: 'acme/store' }))
    await expect(source.find('acme/shop', 7)).rejects.toMatchObject({
      code: 'gone',
      details: { moved_to: 'acme/store' },
    })
  })

  it('is gone when the number is a pull request’s', async () => {
    github.app.get('/repos/acme/shop/issues/7', (c) => c.json(anIssueAnswer(7, { pull_request: {} })))
    github.app.get('/repos/acme/shop', (c) => c.json({}))
    expect(await source.find('acme/shop', 7)).toMatchObject({ kind: 'gone' })
  })
})

/** A new server whose listing answers by `answer`; the source is moved onto it. */
async function withListing(answer: (c: Context) => Response): Promise<FakeGitHub> {
  await github[Symbol.asyncDispose]()
  const fresh = await aGitHub()
  fresh.app.get('/repos/acme/shop/issues', answer)
  source = createIssueSource({ client: aClient(fresh.url).client })
  return fresh
}

import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { aClock } from '#test/helpers/clock'
import { ACME, acme, aGitHub, anOctokit, send } from './helpers.ts'

/** Within a second, to see that GitHub's times are whole ones. */
const START = Date.parse('2026-01-31T08:00:00.750Z')

describe('a list of issues', () => {
  it('holds open issues that carry all labels asked for, newest first', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    github.seed.issue({ repository: ACME, title: 'one', labels: ['ai-ready', 'bug'] })
    github.seed.issue({ repository: ACME, title: 'two', labels: ['AI-Ready'] })
    github.seed.issue({ repository: ACME, title: 'three', labels: ['bug', 'ai-ready'] })
    github.seed.issue({ repository: ACME, title: 'four', labels: ['bug', 'ai-ready'] })
    await octokit.issues.update({ ...acme, issue_number: 4, state: 'closed' })

    const both = await octokit.issues.listForRepo({ ...acme, labels: 'ai-ready, bug' })
    const ascending = await octokit.issues.listForRepo({ ...acme, direction: 'asc' })
    const closed = await octokit.issues.listForRepo({ ...acme, state: 'closed' })

    expect(both.data.map((issue) => issue.title)).toEqual(['three', 'one'])
    expect(ascending.data.map((issue) => issue.title)).toEqual(['one', 'two', 'three'])
    expect(closed.data.map((issue) => issue.number)).toEqual([4])
  })

  it('is read to its end by following Link headers', async () => {
    const github = await aGitHub()
    await send(github, 'POST', '/_stand_in/issues', { repository: ACME, issues: titles(230) })
    const octokit = anOctokit(github)

    const issues = await octokit.paginate(octokit.issues.listForRepo, { ...acme, per_page: 100, direction: 'asc' })

    expect(issues.map((issue) => issue.number)).toEqual(Array.from({ length: 230 }, (_, i) => i + 1))
  })

  it('tells what changed since a time, and tells times in whole seconds', async () => {
    const clock = aClock(START)
    const github = await aGitHub({ clock })
    const octokit = anOctokit(github)
    github.seed.issue({ repository: ACME, title: 'old' })
    clock.advance(minutes(5))
    github.seed.issue({ repository: ACME, title: 'new' })

    const { data } = await octokit.issues.listForRepo({ ...acme, since: '2026-01-31T08:05:00Z' })

    expect(data).toMatchObject([{ title: 'new', created_at: '2026-01-31T08:05:00Z' }])
  })

  it('finds the repository in whatever case it is written, and where it moved to', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'one' })
    const octokit = anOctokit(github)

    const shouted = await octokit.issues.listForRepo({ owner: 'ACME', repo: 'Shop' })
    github.seed.rename(ACME, 'acme/store')
    const moved = await fetch(`${github.url}/repos/${ACME}/issues?state=all`, { redirect: 'manual' })
    const followed = await octokit.issues.get({ ...acme, issue_number: 1 })

    expect(shouted.data).toHaveLength(1)
    expect(moved.status).toBe(301)
    expect(moved.headers.get('location')).toMatch(/\/repositories\/\d+\/issues\?state=all$/)
    expect(await moved.json()).toMatchObject({ message: 'Moved Permanently', url: moved.headers.get('location') })
    expect(followed.data.repository_url).toBe(`${github.url}/repos/acme/store`)
  })
})

describe('a conditional read', () => {
  it('is answered 304 until something changes, and costs nothing', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'one' })
    const path = `${github.url}/repos/${ACME}/issues`
    const first = await fetch(path)
    const etag = first.headers.get('etag') ?? ''
    const conditional = { headers: { 'if-none-match': `"other", ${etag}` } }

    const unchanged = await fetch(path, conditional)
    github.seed.issue({ repository: ACME, title: 'two' })
    const changed = await fetch(path, conditional)

    expect(unchanged.status).toBe(304)
    expect(await unchanged.text()).toBe('')
    expect(unchanged.headers.get('x-ratelimit-used')).toBe(first.headers.get('x-ratelimit-used'))
    expect(changed.status).toBe(200)
    expect(changed.headers.get('x-ratelimit-used')).toBe('2')
  })

  it('of a full first page says 304 with a fresh Link when a second page came to be', async () => {
    const github = await aGitHub()
    github.seed.issue({ repository: ACME, title: 'one' })
    const path = `${github.url}/repos/${ACME}/issues?per_page=1&direction=asc`
    const first = await fetch(path)
    github.seed.issue({ repository: ACME, title: 'two' })

    const again = await fetch(path, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } })

    expect(first.headers.get('link')).toBeNull()
    expect(again.status).toBe(304)
    expect(again.headers.get('link')).toContain('rel="next"')
  })
})

describe('labels of an issue', () => {
  it('become exactly the set that is put, spelled as the repository spells them', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    github.seed.issue({ repository: ACME, title: 'one', labels: ['ai-ready', 'Bug'] })
    const issue = { ...acme, issue_number: 1 }

    const put = await octokit.issues.setLabels({ ...issue, labels: ['bug', 'ai-in-progress', 'BUG'] })
    const added = await octokit.issues.addLabels({ ...issue, labels: ['priority: high'] })
    const removed = await octokit.issues.removeLabel({ ...issue, name: 'Priority: High' })
    const missing = octokit.issues.removeLabel({ ...issue, name: 'ai-ready' })

    expect(put.data.map((label) => label.name)).toEqual(['Bug', 'ai-in-progress'])
    expect(added.data.map((label) => label.name)).toEqual(['Bug', 'ai-in-progress', 'priority: high'])
    expect(removed.data.map((label) => label.name)).toEqual(['Bug', 'ai-in-progress'])
    await expect(missing).rejects.toMatchObject({ status: 404 })
    const known = await octokit.issues.listLabelsForRepo(acme)
    expect(known.data.map((label) => label.name)).toEqual(['ai-in-progress', 'ai-ready', 'Bug', 'priority: high'])
  })
})

const titles = (count: number) => Array.from({ length: count }, (_, i) => ({ title: `Issue ${i + 1}` }))

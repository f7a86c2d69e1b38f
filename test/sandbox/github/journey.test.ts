import { describe, expect, it } from 'vitest'
import { clone, commit, git, pushBranch } from './git.ts'
import { ACME, acme, aGitHub, anOctokit } from './helpers.ts'

describe('from clone to merged pull request', () => {
  it('goes as on GitHub', async () => {
    const github = await aGitHub({ token: 's3cret' })
    const octokit = anOctokit(github, 's3cret')
    await octokit.issues.create({ ...acme, title: 'Leak' })

    const work = await clone(github, 'x-access-token:s3cret@')
    await commit(work, 'ai-feature/issue-1', 'Pump\n')
    await git(work, 'push', '--quiet', 'origin', 'ai-feature/issue-1')
    const opening = { ...acme, title: 'Fix the leak', head: 'ai-feature/issue-1', base: 'main' }
    const { data: pull } = await octokit.pulls.create(opening)
    await octokit.pulls.createReview({ ...acme, pull_number: 2, event: 'APPROVE' })
    const { data: merge } = await octokit.pulls.merge({ ...acme, pull_number: 2 })

    expect(pull).toMatchObject({
      number: 2,
      html_url: `${github.url}/acme/shop/pull/2`,
      mergeable: true,
      changed_files: 1,
    })
    await git(work, 'fetch', '--quiet', 'origin')
    expect(await git(work, 'rev-parse', 'origin/main')).toBe(merge.sha)
    expect(await git(work, 'show', 'origin/main:LOG.md')).toBe('Pump')
    expect((await octokit.pulls.get({ ...acme, pull_number: 2 })).data).toMatchObject({ state: 'closed', merged: true })
    const listed = await octokit.issues.listForRepo({ ...acme, state: 'all' })
    expect(listed.data.map((issue) => [issue.number, issue.pull_request !== undefined])).toEqual([
      [2, true],
      [1, false],
    ])
  })

  it('refuses a branch that is not there, one without commits, and a second pull request', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    const open = (head: string) => octokit.pulls.create({ ...acme, title: 'Fix', head, base: 'main' })
    await pushBranch(github, 'fix')
    await open('fix')

    await expect(open('fix')).rejects.toThrow('A pull request already exists for acme:fix.')
    await expect(open('main')).rejects.toThrow('No commits between main and main')
    await expect(open('nowhere')).rejects.toMatchObject({ status: 422 })
    expect((await octokit.pulls.list({ ...acme, head: 'acme:fix' })).data).toHaveLength(1)
    expect((await octokit.pulls.list({ ...acme, head: 'acme:other' })).data).toHaveLength(0)
  })

  it('moves an open pull request along with its branch', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    const work = await pushBranch(github, 'fix')
    await octokit.pulls.create({ ...acme, title: 'Fix', head: 'fix', base: 'main' })
    await commit(work, 'fix', 'Once more\n')
    await git(work, 'push', '--quiet', 'origin', 'fix')

    const { data } = await octokit.pulls.get({ ...acme, pull_number: 1 })

    expect(data.head.sha).toBe(await git(work, 'rev-parse', 'HEAD'))
    expect(data.commits).toBe(2)
  })

  it('still clones and pushes by a name the repository used to have', async () => {
    const github = await aGitHub()
    github.seed.rename(ACME, 'acme/store')

    await pushBranch(github, 'fix')

    const opening = { owner: 'acme', repo: 'store', title: 'Fix', head: 'fix', base: 'main' }
    expect((await anOctokit(github).pulls.create(opening)).status).toBe(201)
  })

  it('does not merge what conflicts', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    await pushBranch(github, 'ours', 'Port\n')
    await pushBranch(github, 'theirs', 'Starboard\n')
    await octokit.pulls.create({ ...acme, title: 'Ours', head: 'ours', base: 'main' })
    await octokit.pulls.create({ ...acme, title: 'Theirs', head: 'theirs', base: 'main' })
    await octokit.pulls.merge({ ...acme, pull_number: 1, merge_method: 'squash' })

    const merge = octokit.pulls.merge({ ...acme, pull_number: 2 })

    await expect(merge).rejects.toMatchObject({ status: 405 })
    expect((await octokit.pulls.get({ ...acme, pull_number: 2 })).data).toMatchObject({
      mergeable: false,
      merged: false,
    })
  })
})

describe('a token', () => {
  it('is needed to write and to push, not to read and to clone', async () => {
    const github = await aGitHub({ token: 's3cret' })
    const create = (token?: string) => anOctokit(github, token).issues.create({ ...acme, title: 'x' })
    const work = await clone(github)
    await commit(work, 'fix', 'Pump\n')

    await expect(create()).rejects.toThrow('Requires authentication')
    await expect(create('wrong')).rejects.toThrow('Bad credentials')
    await expect(git(work, 'push', '--quiet', 'origin', 'fix')).rejects.toThrow()
    await expect(anOctokit(github).issues.listForRepo(acme)).resolves.toMatchObject({ status: 200 })
    await expect(anOctokit(github).users.getAuthenticated()).rejects.toMatchObject({ status: 401 })
    expect(await git(work, 'ls-remote', '--heads', `${github.url}/${ACME}.git`)).not.toContain('fix')
  })
})

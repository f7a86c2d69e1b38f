import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '#sandbox/github/state/tables'
import { pushBranch } from './git.ts'
import { ACME, acme, aFolder, aGitHub, anOctokit } from './helpers.ts'

const DEMO = { owner: 'coxswain-demo', repo: 'storefront' }

async function aProgram(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const main = join(import.meta.dirname, '../../../sandbox/github/main.ts')
  const child = spawn(process.execPath, [main, '--port', '0', '--data', dataDir, '--seed'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { child, url: /^github stand-in ready (\S+)\n$/.exec(line)?.[1] ?? '' }
}

describe('the program', () => {
  it('loses nothing it acknowledged when it is killed, and does not seed twice', async () => {
    const dataDir = await aFolder()
    const first = await aProgram(dataDir)
    const octokit = anOctokit(first)
    await octokit.issues.setLabels({ ...DEMO, issue_number: 1, labels: ['ai-in-progress'] })
    const comments = Array.from({ length: 40 }, (_, i) => `Comment ${i}`)
    for (const body of comments) await octokit.issues.createComment({ ...DEMO, issue_number: 1, body })
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')

    const second = await aProgram(dataDir)

    const again = anOctokit(second)
    const issues = await again.issues.listForRepo({ ...DEMO, direction: 'asc' })
    const kept = await again.issues.listComments({ ...DEMO, issue_number: 1, per_page: 100 })
    expect(issues.data).toHaveLength(8)
    expect(issues.data[0]).toMatchObject({ labels: [{ name: 'ai-in-progress' }], comments: 40 })
    expect(kept.data.map((comment) => comment.body)).toEqual(comments)
  })

  it('ends on SIGTERM', async () => {
    const { child } = await aProgram(await aFolder())

    child.kill('SIGTERM')

    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

describe('a restart', () => {
  it('goes on with issues, branches and pull requests, and never gives a number twice', async () => {
    const dataDir = await aFolder()
    const first = await aGitHub({ dataDir })
    await pushBranch(first, 'fix')
    await anOctokit(first).pulls.create({ ...acme, title: 'Fix', head: 'fix', base: 'main' })
    await first.close()

    const second = await aGitHub({ dataDir })

    const octokit = anOctokit(second)
    const issue = await octokit.issues.create({ ...acme, title: 'Next' })
    const { data } = await octokit.issues.listForRepo({ ...acme, state: 'all' })
    expect(issue.data.number).toBe(2)
    expect(new Set(data.map((row) => row.id)).size).toBe(2)
    expect(second.stats().issues[`${ACME}#1`]?.writes).toEqual({ pull: 1 })
  })

  it('drops a line that was being written when the process died, and keeps those before it', async () => {
    const directory = await aFolder()
    const before = openDatabase(directory)
    before.commit([{ t: 'aliases', k: 'a/b', v: { repository: 1 } }])
    before.close()
    await appendFile(join(directory, 'journal.ndjson'), '[{"t":"aliases","k":"c/d","v":{"repo')

    const after = openDatabase(directory)
    onTestFinished(() => after.close())

    expect([...after.all('aliases')]).toEqual([{ repository: 1 }])
  })

  it('reads from the snapshot alone once the journal is folded into it', async () => {
    const directory = await aFolder()
    const first = openDatabase(directory)
    first.commit([{ t: 'aliases', k: 'a/b', v: { repository: 1 } }])
    first.close()
    openDatabase(directory).close()
    await rm(join(directory, 'journal.ndjson'))

    const third = openDatabase(directory)
    onTestFinished(() => third.close())

    expect(third.get('aliases', 'a/b')).toEqual({ repository: 1 })
  })
})

describe('seeding', () => {
  it('makes a repository once, however many ask for it at the same time', async () => {
    const github = await aGitHub()

    const made = await Promise.all([1, 2, 3].map(() => github.seed.repository('acme/new')))

    expect(new Set(made.map((repository) => repository.id)).size).toBe(1)
  })
})

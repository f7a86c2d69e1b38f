/** Runs whose result meets trouble on its way out: none is paid twice. */
import { execFile } from 'node:child_process'
import { chmod, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { REPOSITORY } from '#test/helpers/worker/values'
import { aWorld, exists, oneJob, type World } from '#test/helpers/worker/world'

const run = promisify(execFile)

/** Counts its runs, and edits. */
const paid = (world: World) => `echo run >> '${world.folder}/runs'; echo done > done.txt`
const runsOf = async (world: World) => (await readFile(join(world.folder, 'runs'), 'utf8')).trim().split('\n').length
const folderOf = (world: World, number: number) => join(world.workspace, REPOSITORY, `issue-${number}`)
const failures = (world: World) =>
  world.orchestrator.of('failed').map(({ body }) => body as { kind: string; error: string })

/** The stand-in GitHub's own copy of the repository. */
async function bareOf(world: World): Promise<string> {
  const root = join(world.folder, 'github')
  const found = (await readdir(root, { recursive: true })).find((name) => name.endsWith('.git'))
  return join(root, found ?? '')
}

/** Every push is refused by a hook that prints this. */
async function refusePushes(world: World, words: string): Promise<() => Promise<void>> {
  const hook = join(await bareOf(world), 'hooks', 'pre-receive')
  await run('mkdir', ['-p', join(hook, '..')])
  await writeFile(hook, `#!/bin/sh\ncat >&2 <<'EOT'\n${words}\nEOT\nexit 1\n`)
  await chmod(hook, 0o755)
  return async () => void (await run('rm', [hook]))
}

describe('a command that writes a kept result itself', () => {
  it('is not believed: its folder goes with its failure, and nothing is pushed from it', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    const point = {
      repository: 'else/where',
      base: 'main',
      trunk: 'a',
      branch: 'b',
      start: 'a',
      head: null,
      lfs: false,
    }
    const lease = { repository: REPOSITORY, number, token: 1 }
    const forged = JSON.stringify({ question: 'q', lease, point, notes: [], usage: { seconds: 1 } })

    await oneJob(world, `echo '${forged}' > ../kept.json; exit 1`)

    expect(failures(world)).toMatchObject([{ kind: 'failed' }])
    expect(await exists(folderOf(world, number))).toBe(false)
  })
})

describe('a push that the remote refuses', () => {
  it('for a large file is a failure in its words, and the next attempt runs anew', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    await refusePushes(
      world,
      "error: File big.bin is 117.80 MB; this exceeds GitHub's file size limit of 100.00 MB\nerror: GH001: Large files detected.",
    )

    const log = await oneJob(world, paid(world))

    const [failure] = failures(world)
    expect(failure).toMatchObject({ kind: 'failed', error: expect.stringContaining('File big.bin is 117.80 MB') })
    expect(failure?.error).toMatch(/^git push failed: /)
    expect(failure?.error).not.toContain(world.folder)
    expect(log).toMatch(/"msg":"job failed".*"kind":"failed".*GH001/)
    expect(await exists(folderOf(world, number))).toBe(false)
  })

  it('by a rule is offered again as it is once the rule is mended', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    const mend = await refusePushes(world, 'error: GH006: Protected branch update failed for refs/heads/x.')
    await oneJob(world, paid(world))
    expect(failures(world)).toMatchObject([{ kind: 'failed', error: expect.stringContaining('GH006') }])
    await mend()

    world.orchestrator.offer({ number, attempt: 2, previous: { error: 'GH006', pr_url: null, feedback: null } })
    await oneJob(world, paid(world))

    expect(await runsOf(world)).toBe(1)
    expect(await world.pulls()).toHaveLength(1)
    expect(world.orchestrator.of('complete')).toMatchObject([{ body: { lease_token: 2, usage: { seconds: 0 } } }])
    expect(await exists(folderOf(world, number))).toBe(false)
  })

  it('because a branch is called ai-feature says which stands in the way', async () => {
    const world = await aWorld()
    world.anIssue()
    await run('git', ['--git-dir', await bareOf(world), 'branch', 'ai-feature', 'main'])

    await oneJob(world, paid(world))

    expect(failures(world)).toMatchObject([
      { kind: 'failed', error: expect.stringContaining('Rename or delete the branch') },
    ])
  })
})

describe('a push that the network breaks', () => {
  it('keeps the result, and the next lease of the same issue pushes it without another run', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    world.github.fail({ match: { path: /receive-pack/ }, times: 100, status: 503 })
    await oneJob(world, paid(world))
    expect(failures(world)).toMatchObject([
      { kind: 'infrastructure', error: expect.stringMatching(/^git push failed/) },
    ])
    world.github.heal()

    world.orchestrator.offer({ number, previous: { error: '503', pr_url: null, feedback: null } })
    const log = await oneJob(world, paid(world))

    expect(log).toContain('going on from the kept result')
    expect(await runsOf(world)).toBe(1)
    expect(await world.fromGit('show', `ai-feature/issue-${number}:done.txt`)).toBe('done\n')
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })

  it('does not offer the result for a question that has changed', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    world.github.fail({ match: { path: /receive-pack/ }, times: 100, status: 503 })
    await oneJob(world, paid(world))
    world.github.heal()

    world.orchestrator.offer({ number, body: 'Something else.' })
    await oneJob(world, paid(world))

    expect(await runsOf(world)).toBe(2)
  })

  it('keeps the result for a day', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    world.github.fail({ match: { path: /receive-pack/ }, times: 100, status: 503 })
    await oneJob(world, paid(world))
    const note = join(folderOf(world, number), 'kept.json')
    const yesterday = Date.now() / 1000 - 25 * 3600
    await utimes(note, yesterday, yesterday)
    world.github.heal()

    world.anIssue({ title: 'Another' })
    await oneJob(world, paid(world))

    expect(await exists(folderOf(world, number))).toBe(false)
  })
})

describe('a pull request that cannot be opened', () => {
  it.each([
    [422, 'failed'],
    [403, 'failed'],
    [401, 'infrastructure'],
    [500, 'infrastructure'],
  ])('for a %i is reported as %s, and any worker goes on from the pushed branch', async (status, kind) => {
    const world = await aWorld()
    const number = world.anIssue()
    world.github.fail({ match: { method: 'POST', path: /\/pulls$/ }, times: 100, status })
    await oneJob(world, paid(world))
    expect(failures(world)).toMatchObject([
      { kind, error: expect.stringMatching(new RegExp(`^GitHub answered ${status}`)) },
    ])
    world.github.heal()

    world.orchestrator.offer({ number, attempt: 2, previous: { error: 'no', pr_url: null, feedback: null } })
    await oneJob(world, paid(world), { WORKSPACE_DIR: join(world.folder, 'elsewhere') })

    expect(await runsOf(world)).toBe(1)
    expect(await world.pulls()).toHaveLength(1)
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })
})

describe('a tree that git cannot work with after the run', () => {
  it.each([
    ['a repository inside it that has no commit', 'git init -q inner; echo x > inner/x', 'inner'],
    ['no .git any more', 'rm -rf .git', '.git'],
  ])('because of %s is a failure in plain words', async (_, script, said) => {
    const world = await aWorld()
    world.anIssue()

    await oneJob(world, `${paid(world)}; ${script}`)

    const [failure] = failures(world)
    expect(failure).toMatchObject({ kind: 'failed', error: expect.stringContaining(said) })
    expect(failure?.error).not.toContain(world.folder)
  })

  it('because of a stale lock is none: the lock is removed', async () => {
    const world = await aWorld()
    world.anIssue()
    await oneJob(world, `${paid(world)}; : > .git/index.lock`)
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })
})

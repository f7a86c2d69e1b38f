import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { aFolder, aWork } from '#test/helpers/worker/values'
import { createCheckout } from '#worker/checkout'
import { createGit } from '#worker/git'
import { createMask } from '#worker/mask'
import { placeOf } from '#worker/names'

const run = promisify(execFile)
const signal = new AbortController().signal
const work = aWork()
const branch = 'ai-feature/issue-7'

/** A bare remote reached by its path, with one commit on `trunk` unless it is to be empty. */
async function aRemote({ empty = false } = {}) {
  const folder = await aFolder()
  const bare = join(folder, 'remotes', 'acme', 'widgets.git')
  const git = createGit(
    { mask: createMask([]) },
    { url: `file://${folder}/remotes`, token: null, env: { PATH: process.env['PATH'] ?? '' }, author: 'Tester' },
  )
  await git(['init', '--quiet', '--bare', '--initial-branch=trunk', '--', bare])
  if (!empty) {
    const { stdout: tree } = await git([`--git-dir=${bare}`, 'mktree'])
    const { stdout: commit } = await git([`--git-dir=${bare}`, 'commit-tree', tree.trim()], { input: 'first\n' })
    await git([`--git-dir=${bare}`, 'update-ref', 'refs/heads/trunk', commit.trim()])
  }
  const checkout = createCheckout({ git }, { url: `file://${folder}/remotes`, secrets: ['top-secret'] })
  const place = placeOf(join(folder, 'workspace'), work.repository, work.number)
  const inBare = async (...args: string[]) => (await git([`--git-dir=${bare}`, ...args])).stdout.trim()
  const inTree = (...args: string[]) =>
    run('git', ['-C', place.tree, '-c', 'user.name=a', '-c', 'user.email=a@b.invalid', ...args])
  const attempt = async (file: string, content = 'x\n') => {
    const prepared = await checkout.prepare(work, place, signal)
    await writeFile(join(place.tree, file), content)
    const result = await checkout.collect(work, place, prepared)
    await checkout.publish(work, place, { prepared, signal })
    return { prepared, result }
  }
  return { checkout, place, inBare, inTree, attempt }
}

describe('a checkout', () => {
  it('starts from the default branch, whatever its name', async () => {
    const { attempt, inBare } = await aRemote()

    const { prepared, result } = await attempt('a.txt')

    expect(prepared).toMatchObject({ base: 'trunk', start: await inBare('rev-parse', 'trunk'), pushed: false })
    expect(result).toEqual({ changed: true, ahead: true })
    expect(await inBare('log', '--format=%s', branch)).toBe('Add a greeting (#7)\nfirst')
  })

  it('knows what this very lease has pushed already', async () => {
    const { attempt, checkout, place } = await aRemote()
    await attempt('a.txt')

    expect(await checkout.prepare(work, place, signal)).toMatchObject({ pushed: true })
    expect(await checkout.prepare(aWork({ lease: { ...work.lease, token: 4 } }), place, signal)).toMatchObject({
      pushed: false,
    })
  })

  it('starts from the base again once the branch is merged', async () => {
    const { attempt, checkout, place, inBare } = await aRemote()
    await attempt('a.txt')
    await inBare('update-ref', 'refs/heads/trunk', branch)

    const prepared = await checkout.prepare(aWork({ lease: { ...work.lease, token: 4 } }), place, signal)

    expect(prepared.start).toBe(await inBare('rev-parse', 'trunk'))
    expect(await checkout.collect(work, place, prepared)).toEqual({ changed: false, ahead: false })
  })

  it('refuses a history that was rewritten', async () => {
    const { checkout, place, inTree } = await aRemote()
    const prepared = await checkout.prepare(work, place, signal)
    await inTree('commit', '--quiet', '--amend', '--allow-empty', '-m', 'other')

    await expect(checkout.collect(work, place, prepared)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('never overwrites what somebody else pushed meanwhile', async () => {
    const { checkout, place, inBare } = await aRemote()
    const prepared = await checkout.prepare(work, place, signal)
    await writeFile(join(place.tree, 'mine.txt'), 'mine\n')
    await checkout.collect(work, place, prepared)
    const stranger = await inBare('commit-tree', `${await inBare('rev-parse', 'trunk')}^{tree}`, '-m', 'theirs')
    await inBare('update-ref', `refs/heads/${branch}`, stranger)

    await expect(checkout.publish(work, place, { prepared, signal })).rejects.toMatchObject({
      code: 'upstream_unavailable',
    })
    expect(await inBare('rev-parse', branch)).toBe(stranger)
  })

  it.each([
    ['a file', (r: Awaited<ReturnType<typeof aRemote>>) => r.attempt('x', 'a top-secret b')],
    ['a binary file', (r: Awaited<ReturnType<typeof aRemote>>) => r.attempt('x', '\0\u0001top-secret\0')],
  ])('keeps a secret in %s on the machine', async (_, attempt) => {
    const remote = await aRemote()

    await expect(attempt(remote)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await remote.inBare('branch', '--list', branch)).toBe('')
  })

  it('keeps a secret in a commit that a later one hides, or in a message, on the machine', async () => {
    const { checkout, place, inTree } = await aRemote()
    for (const message of ['harmless', 'about top-secret']) {
      const prepared = await checkout.prepare(work, place, signal)
      await writeFile(join(place.tree, 'x'), message === 'harmless' ? 'top-secret' : 'y')
      await inTree('add', '-A')
      await inTree('commit', '--quiet', '-m', message)
      await writeFile(join(place.tree, 'x'), 'z')
      await checkout.collect(work, place, prepared)

      await expect(checkout.publish(work, place, { prepared, signal })).rejects.toMatchObject({ code: 'forbidden' })
    }
  })

  it('says so when there is nothing to start from', async () => {
    const { checkout, place } = await aRemote({ empty: true })

    await expect(checkout.prepare(work, place, signal)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('no commit'),
    })
  })

  it('does not mistake the repository around a tree without .git for its own', async () => {
    const { checkout, place } = await aRemote()
    const prepared = await checkout.prepare(work, place, signal)
    await run('git', ['init', '--quiet', place.folder])
    await run('rm', ['-rf', join(place.tree, '.git')])

    await expect(checkout.collect(work, place, prepared)).rejects.toMatchObject({ code: 'upstream_unavailable' })
  })
})

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { aRemote, branch, type Remote, signal, work } from '#test/helpers/worker/checkout'
import { aWork } from '#test/helpers/worker/values'

const run = promisify(execFile)

describe('a checkout', () => {
  it('starts from the default branch, whatever its name', async () => {
    const { attempt, inBare } = await aRemote()

    const { prepared, result } = await attempt('echo x > a.txt')

    expect(prepared).toMatchObject({ base: 'trunk', start: await inBare('rev-parse', 'trunk'), pushed: false })
    expect(result).toEqual({ changed: true, ahead: true, notes: [] })
    expect(await inBare('log', '--format=%s', branch)).toBe('Add a greeting (#7)\nfirst')
  })

  it('knows what this very lease has pushed already', async () => {
    const { attempt, checkout, place } = await aRemote()
    await attempt('echo x > a.txt')

    expect(await checkout.prepare(work, place, signal)).toMatchObject({ pushed: true })
    expect(await checkout.prepare(aWork({ lease: { ...work.lease, token: 4 } }), place, signal)).toMatchObject({
      pushed: false,
    })
  })

  it('starts from the base again once the branch is merged', async () => {
    const { attempt, checkout, place, inBare } = await aRemote()
    await attempt('echo x > a.txt')
    await inBare('update-ref', 'refs/heads/trunk', branch)

    const prepared = await checkout.prepare(aWork({ lease: { ...work.lease, token: 4 } }), place, signal)

    expect(prepared.start).toBe(await inBare('rev-parse', 'trunk'))
    expect(await checkout.collect(work, place, prepared)).toEqual({ changed: false, ahead: false, notes: [] })
  })

  it('leaves a branch behind that a squash brought into the base', async () => {
    const { attempt, prepare, inBare } = await aRemote()
    await attempt('echo x > a.txt')
    const squashed = await inBare('commit-tree', `${branch}^{tree}`, '-p', 'trunk', '-m', 'squashed')
    await inBare('update-ref', 'refs/heads/trunk', squashed)

    expect(await prepare()).toMatchObject({ start: squashed, branch: `${branch}-2`, head: null })
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

    await expect(checkout.publish(place, { prepared, signal })).rejects.toMatchObject({
      code: 'upstream_unavailable',
    })
    expect(await inBare('rev-parse', branch)).toBe(stranger)
  })

  it.each([
    ['a file', (r: Remote) => r.attempt(`printf 'a top-secret b' > x`)],
    ['a binary file', (r: Remote) => r.attempt(`printf '\\0\\001top-secret\\0' > x`)],
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

      await expect(checkout.publish(place, { prepared, signal })).rejects.toMatchObject({ code: 'forbidden' })
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

    await expect(checkout.collect(work, place, prepared)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('.git folder'),
    })
  })
})

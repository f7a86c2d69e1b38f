import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { aRemote, branch, SECRET, signal, work } from '#test/helpers/worker/checkout'

/** A branch of ours on the remote, and a base that moved on since. */
async function anEarlierAttempt() {
  const remote = await aRemote({ files: { 'a.txt': 'a\n' } })
  await remote.attempt('echo one > one.txt')
  const { inBare } = remote
  const base = await inBare(
    'commit-tree',
    `${await inBare('rev-parse', 'trunk')}^{tree}`,
    '-p',
    'trunk',
    '-m',
    'moved on',
  )
  await inBare('update-ref', 'refs/heads/trunk', base)
  return { ...remote, base }
}

const REBASE = 'git rebase -q origin/trunk; echo two > two.txt'

describe('a rework by rebase', () => {
  it('replaces the branch when only a worker’s commits were on it', async () => {
    const { attempt, inBare, filesOf, base } = await anEarlierAttempt()

    const { result } = await attempt(`git add -A; ${REBASE}; git add -A; git commit -qm 'by the agent'`)
    await attempt(`git commit -q --amend -m 'said better'; echo three > three.txt`)

    expect(result).toMatchObject({ changed: true, ahead: true })
    expect(await filesOf(branch)).toEqual(['a.txt', 'one.txt', 'three.txt', 'two.txt'])
    expect(await inBare('merge-base', branch, 'trunk')).toBe(base)
  })

  it('is refused when somebody else’s commit is on the branch', async () => {
    const { attempt, inBare } = await anEarlierAttempt()
    const tree = `${await inBare('rev-parse', branch)}^{tree}`
    const theirs = await inBare('commit-tree', tree, '-p', branch, '-m', 'theirs')
    const raw = (await inBare('cat-file', 'commit', theirs)).replaceAll(
      'coxswain-worker@noreply.invalid',
      'ada@acme.example',
    )
    const ada = await aCommit(inBare, raw)
    await inBare('update-ref', `refs/heads/${branch}`, ada)

    await expect(attempt(REBASE)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/rewrote the history .* not a worker's/),
    })
    expect(await inBare('rev-parse', branch)).toBe(ada)
  })

  it('never overwrites what was pushed since the branch was leased', async () => {
    const { prepare, shell, checkout, place, inBare } = await anEarlierAttempt()
    const prepared = await prepare()
    await shell(REBASE)
    await checkout.collect(work, place, prepared)
    const tree = `${await inBare('rev-parse', branch)}^{tree}`
    const theirs = await inBare('commit-tree', tree, '-p', branch, '-m', 'pushed meanwhile')
    await inBare('update-ref', `refs/heads/${branch}`, theirs)

    await expect(checkout.publish(place, { prepared, signal })).rejects.toThrow(/stale info|rejected/)
    expect(await inBare('rev-parse', branch)).toBe(theirs)
  })

  it('may not rewrite the base', async () => {
    const { attempt } = await anEarlierAttempt()

    const amended = `git checkout -q --orphan fresh; git commit -qm 'all in one'; echo x > x`
    await expect(attempt(amended)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('rewrote'),
    })
  })

  it('is searched for secrets in all its commits', async () => {
    const { attempt } = await anEarlierAttempt()

    const leak = `git rebase -q origin/trunk; echo ${SECRET} > x; git add x; git commit -qm x; git rm -q x; git commit -qm y; echo z > z`
    await expect(attempt(leak)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it.each([
    ['the name of a file', `echo x > 'a ${SECRET} b'`],
    ['the target of a link', `ln -s '${SECRET}' link`],
  ])('is searched for secrets in %s', async (_, script) => {
    const { attempt } = await aRemote()

    await expect(attempt(script)).rejects.toMatchObject({ code: 'forbidden' })
  })
})

/** Writes a commit as it stands. */
async function aCommit(inBare: (...args: string[]) => Promise<string>, raw: string): Promise<string> {
  const folder = await inBare('rev-parse', '--absolute-git-dir')
  const args = [`--git-dir=${folder}`, 'hash-object', '-t', 'commit', '-w', '--stdin']
  return execFileSync('git', args, { input: `${raw}\n`, encoding: 'utf8' }).trim()
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aRemote } from '#test/helpers/worker/checkout'
import { REPOSITORY } from '#test/helpers/worker/values'
import { appears, aWorker, aWorld, oneJob } from '#test/helpers/worker/world'

const EDIT = 'echo x > x'

describe('a repository that was renamed', () => {
  it.each(['acme/gadgets', 'emca/gadgets'])('to %s is cloned, pushed to and reported all the same', async (to) => {
    const world = await aWorld()
    const number = world.anIssue()
    world.github.seed.rename(REPOSITORY, to)

    await oneJob(world, EDIT)

    const answer = await fetch(`${world.github.url}/repos/${to}/pulls`)
    const [pull] = (await answer.json()) as { number: number; head: { ref: string } }[]
    expect(pull?.head.ref).toBe(`ai-feature/issue-${number}`)
    expect(world.orchestrator.of('failed')).toEqual([])
    expect(world.orchestrator.of('complete')[0]?.body['pr_url']).toBe(
      `${world.github.url}/${REPOSITORY}/pull/${pull?.number}`,
    )
  })

  it('while the command ran is pushed to under its new name', async () => {
    const world = await aWorld()
    world.anIssue()
    const [begun, go] = [join(world.folder, 'begun'), join(world.folder, 'go')]

    const worker = await aWorker(world, `${EDIT}; touch '${begun}'; until test -f '${go}'; do sleep 0.05; done`)
    await appears(begun)
    world.github.seed.rename(REPOSITORY, 'acme/gadgets')
    await writeFile(go, '')
    await worker.done

    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })
})

describe('a remote whose HEAD', () => {
  it('names a branch that is gone starts from the default branch that GitHub knows', async () => {
    const remote = await aRemote({ defaultBranch: 'main' })
    await remote.inBare('update-ref', 'refs/heads/main', await remote.inBare('rev-parse', 'trunk'))
    await remote.inBare('update-ref', '-d', 'refs/heads/trunk')

    expect(await remote.prepare()).toMatchObject({ base: 'main' })
  })

  it('is detached starts from the default branch that GitHub knows', async () => {
    const remote = await aRemote({ defaultBranch: 'trunk' })
    await remote.inBare('update-ref', '--no-deref', 'HEAD', await remote.inBare('rev-parse', 'trunk'))
    await remote.inBare('commit-tree', 'HEAD^{tree}', '-m', 'x')

    expect(await remote.prepare()).toMatchObject({ base: 'trunk' })
  })

  it('and default branch are both gone is told in a sentence', async () => {
    const remote = await aRemote({ defaultBranch: 'master' })
    await remote.inBare('update-ref', 'refs/heads/other', await remote.inBare('rev-parse', 'trunk'))
    await remote.inBare('update-ref', '-d', 'refs/heads/trunk')

    await expect(remote.prepare()).rejects.toMatchObject({
      code: 'invalid',
      message: 'The default branch "master" is not in the repository; choose one that is there in its settings.',
    })
  })
})

import { execFile } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { asPerson, HAS_GIT_LFS } from '#test/helpers/git'
import { REPOSITORY } from '#test/helpers/worker/values'
import { ANTHROPIC_KEY, aWorld, GITHUB_TOKEN, oneJob, type World } from '#test/helpers/worker/world'

const run = promisify(execFile)

const remoteOf = (world: World) => `${world.github.url}/${REPOSITORY}.git`
const access = (world: World) => ({ url: world.github.url, token: GITHUB_TOKEN })

/** A repository that keeps `*.bin` in Git LFS, with one picture in it. */
async function aWorldWithPictures(extra = ':') {
  const world = await aWorld()
  const script = `git clone -q ${remoteOf(world)} art; cd art; git lfs track '*.bin' >/dev/null
    printf 'picture one' > one.bin; ${extra}; git add -A; git commit -qm art
    git -c lfs.url=${remoteOf(world)}/info/lfs -c lfs.pushurl=${remoteOf(world)}/info/lfs lfs push origin HEAD >/dev/null; git push -q --no-verify origin HEAD:main`
  await asPerson(world.folder, script, access(world))
  return world
}

/** What somebody gets who clones the branch. */
const cloned = (world: World, branch: string, script: string) =>
  asPerson(
    world.folder,
    `rm -rf got; git clone -q -b ${branch} ${remoteOf(world)} got; cd got; ${script}`,
    access(world),
  )

const errorOf = (world: World) => world.orchestrator.of('failed')[0]?.body['error']

describe.skipIf(!HAS_GIT_LFS)('a repository with Git LFS', () => {
  it('gives the command the content, and pushes what it makes of it', async () => {
    const world = await aWorldWithPictures()
    const number = world.anIssue()

    await oneJob(world, 'cat one.bin > seen.txt; printf "picture two" > two.bin; printf changed >> one.bin')

    const branch = `ai-feature/issue-${number}`
    expect(errorOf(world)).toBeUndefined()
    expect(await cloned(world, branch, 'cat seen.txt one.bin two.bin')).toBe('picture onepicture onechangedpicture two')
    expect(await world.fromGit('show', `${branch}:two.bin`)).toMatch(/^version https:\/\/git-lfs/)
  })

  it('takes what the command committed itself', async () => {
    const world = await aWorldWithPictures()
    const number = world.anIssue()

    await oneJob(
      world,
      'git config user.name a; git config user.email a@b.invalid; printf two > two.bin; git add -A; git commit -qm two',
    )

    expect(await cloned(world, `ai-feature/issue-${number}`, 'cat two.bin')).toBe('two')
  })

  it('never shows the command the token, whatever the repository names as its server', async () => {
    const world = await aWorldWithPictures(
      `git config -f .lfsconfig lfs.url http://127.0.0.1:9/; git config -f .lfsconfig lfs.pushurl http://127.0.0.1:9/`,
    )
    const number = world.anIssue()

    await oneJob(world, 'cat .git/config ../origin.git/config > config.txt; env > env.txt; printf two > two.bin')

    const branch = `ai-feature/issue-${number}`
    expect(errorOf(world)).toBeUndefined()
    const seen = `${await world.fromGit('show', `${branch}:config.txt`)}${await world.fromGit('show', `${branch}:env.txt`)}`
    for (const form of [GITHUB_TOKEN, btoa(`x-access-token:${GITHUB_TOKEN}`)]) expect(seen).not.toContain(form)
  })

  it('keeps a secret in an object on the machine', async () => {
    const world = await aWorldWithPictures()
    world.anIssue()

    await oneJob(world, `head -c 200000 /dev/zero > two.bin; printf '${ANTHROPIC_KEY}' >> two.bin`)

    expect(errorOf(world)).toContain('in Git LFS; nothing was pushed')
  })

  it('says so when an object is not on its server', async () => {
    const world = await aWorld()
    const script = `git clone -q ${remoteOf(world)} art; cd art; git lfs track '*.bin' >/dev/null; echo 1 > one.bin
      git add -A; git commit -qm art; git push -q --no-verify origin HEAD:main`
    await asPerson(world.folder, script, access(world))
    world.anIssue()

    await oneJob(world, 'echo never')

    expect(world.orchestrator.of('failed')[0]?.body).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('their content is not on its server'),
    })
  })
})

describe.skipIf(!HAS_GIT_LFS)('a worker without git-lfs', () => {
  /** A PATH with every program of this machine but git-lfs. */
  async function withoutLfs(world: World): Promise<string> {
    const bin = join(world.folder, 'few')
    await mkdir(bin)
    for (const name of ['git', 'sh', 'cat', 'env', 'printf', 'git-remote-http']) {
      const { stdout } = await run('which', [name]).catch(() => ({ stdout: '' }))
      if (stdout !== '') await symlink(stdout.trim(), join(bin, name))
    }
    return bin
  }

  it('says in the pull request that the files were pointers', async () => {
    const world = await aWorldWithPictures()
    world.anIssue()

    await oneJob(world, 'cat one.bin > seen.txt', { PATH: await withoutLfs(world) })

    expect((await world.pulls())[0]?.body).toContain('git-lfs is not installed on this worker')
  })

  it('never commits the content in the place of a pointer', async () => {
    const world = await aWorldWithPictures()
    world.anIssue()

    await oneJob(world, 'printf two > two.bin', { PATH: await withoutLfs(world) })

    expect(errorOf(world)).toContain('keeps "two.bin" in Git LFS, but its content cannot be put there')
    expect(await world.pulls()).toEqual([])
  })
})

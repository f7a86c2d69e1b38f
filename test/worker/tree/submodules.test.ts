import { describe, expect, it } from 'vitest'
import { asPerson } from '#test/helpers/git'
import { REPOSITORY } from '#test/helpers/worker/values'
import { aWorld, GITHUB_TOKEN, oneJob, type World } from '#test/helpers/worker/world'
import { sourceOf } from '#worker/tree/submodules'

const LIB = 'acme/lib'

/** A repository whose submodule `vendor/lib` is declared with `url`, and that submodule's repository. */
async function aWorldWithSubmodule(url: (world: World) => string) {
  const world = await aWorld()
  await world.github.seed.repository(LIB, { files: { 'lib.txt': 'of the library\n' } })
  const access = { url: world.github.url, token: GITHUB_TOKEN }
  const remote = `${world.github.url}/${REPOSITORY}.git`
  const script = `git clone -q ${remote} made; cd made; git submodule --quiet add ${world.github.url}/${LIB}.git vendor/lib
    git config -f .gitmodules submodule.vendor/lib.url '${url(world)}'; git add -A; git commit -qm submodule
    git push -q origin HEAD:main`
  await asPerson(world.folder, script, access)
  return world
}

const errorOf = (world: World) => world.orchestrator.of('failed')[0]?.body['error']

describe('a repository with a submodule', () => {
  it.each([
    ['a relative address', () => '../lib.git'],
    ['an https address', (world: World) => `${world.github.url}/${LIB}.git`],
    ['an SSH address', () => `git@127.0.0.1:${LIB}.git`],
  ])('gives the command its files, by %s, and no token', async (_, url) => {
    const world = await aWorldWithSubmodule(url)
    const number = world.anIssue()

    await oneJob(world, 'cat vendor/lib/lib.txt > seen.txt; cat .git/config .git/modules/*/*/config > config.txt')

    const show = (file: string) => world.fromGit('show', `ai-feature/issue-${number}:${file}`)
    expect(errorOf(world)).toBeUndefined()
    expect(await show('seen.txt')).toBe('of the library\n')
    expect(await show('config.txt')).not.toMatch(/extraheader|Authorization/i)
    expect((await world.pulls())[0]?.body).not.toContain('submodule')
  })

  it.each([
    ['another host', 'https://gitlab.example/acme/lib.git', 'its host gitlab.example is not allowed'],
    ['a repository out of reach', '../secret.git', "is not there for this worker's token"],
  ])('says so in the pull request when it is on %s', async (_, url, why) => {
    const world = await aWorldWithSubmodule(() => url)
    world.anIssue()

    await oneJob(world, 'ls vendor/lib > seen.txt')

    expect((await world.pulls())[0]?.body).toContain('The submodule "vendor/lib" was not fetched')
    expect((await world.pulls())[0]?.body.replaceAll('\\', '')).toContain(why)
  })

  it('refuses commits that were made inside it', async () => {
    const world = await aWorldWithSubmodule(() => '../lib.git')
    world.anIssue()

    await oneJob(
      world,
      'cd vendor/lib; echo x > x; git add x; git -c user.name=a -c user.email=a@b.invalid commit -qm x',
    )

    expect(errorOf(world)).toContain('committed inside the submodule "vendor/lib"')
  })

  it('names changes inside it that were left out', async () => {
    const world = await aWorldWithSubmodule(() => '../lib.git')
    world.anIssue()

    await oneJob(world, 'echo x >> vendor/lib/lib.txt; echo y > y')

    expect((await world.pulls())[0]?.body).toContain('Changes inside submodules left out: "vendor/lib"')
  })
})

describe('a submodule that was not fetched', () => {
  it.each([
    ['its empty folder is removed', 'rm -rf vendor'],
    [
      'the command clones something into it',
      'git init -q vendor/lib; cd vendor/lib; git -c user.name=a -c user.email=a@b.invalid commit -q --allow-empty -m x; cd ../..',
    ],
  ])('keeps its link when %s', async (_, script) => {
    const world = await aWorldWithSubmodule(() => 'https://gitlab.example/acme/lib.git')
    const number = world.anIssue()

    await oneJob(world, `${script}; echo y > y`)

    const changed = await world.fromGit('diff', '--name-only', 'main', `ai-feature/issue-${number}`)
    expect(changed).toBe('y\n')
  })
})

describe('the source of a submodule', () => {
  const github = { url: 'https://github.com', hosts: ['gitlab.example'] }
  const parent = 'https://github.com/acme/widgets.git'

  it.each([
    ['../lib.git', 'https://github.com/acme/lib.git'],
    ['../../other/lib', 'https://github.com/other/lib'],
    ['git@github.com:acme/lib.git', 'https://github.com/acme/lib.git'],
    ['ssh://git@github.com/acme/lib.git', 'https://github.com/acme/lib.git'],
    ['http://github.com/acme/lib', 'https://github.com/acme/lib'],
    ['https://user:pass@github.com/acme/lib', 'https://github.com/acme/lib'],
    ['https://gitlab.example/a/b.git', 'https://gitlab.example/a/b.git'],
  ])('%s is fetched from %s', (declared, url) => {
    expect(sourceOf(declared, parent, github)).toEqual({ kind: 'fetch', url })
  })

  it.each([
    'https://evil.example/acme/lib',
    'https://github.com.evil.example/lib',
    'https://github.com:8443/lib',
    'http://169.254.169.254/latest',
    '../../../../../evil.example/x\u0000',
    '/etc/passwd',
    'file:///etc',
    'ext::sh -c id',
    '-oProxyCommand=x',
    '',
  ])('%j is none', (declared) => {
    const source = sourceOf(declared, parent, { ...github, hosts: [] })
    if (source.kind === 'fetch') expect(source.url).toMatch(/^https:\/\/github\.com\//)
    else expect(source.why).not.toBe('')
  })
})

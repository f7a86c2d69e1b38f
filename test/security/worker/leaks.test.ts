/** Ways in which a command may carry a secret out of the machine with its result. Each is refused before the push. */
import { describe, expect, it } from 'vitest'
import { aWorld, GITHUB_TOKEN, oneJob } from '#test/helpers/worker/world'

const IDENTITY = 'git config user.name a; git config user.email a@b.invalid'
const commit = (message: string) => `${IDENTITY}; echo 1 >> done.txt; git add -A; git commit -q ${message}`
/** The command has the token, as if it had read it somewhere. */
const T = GITHUB_TOKEN
const base64 = (text: string) => Buffer.from(text).toString('base64')
const half = Math.ceil(T.length / 2)

const WAYS: readonly (readonly [string, string])[] = [
  ['in a file', `echo 'x${T}x' > a.txt`],
  ['in a binary file', `printf 'a\\000${T}\\000' > a.bin`],
  ['in the name of a file', `echo 1 > 'x-${T}.txt'`],
  ['in the name of a folder', `mkdir -p 'a/${T}'; echo 1 > 'a/${T}/b'`],
  ['in the target of a link', `ln -s '/x/${T}' link`],
  ['in the name of a link', `ln -s x '${T}'`],
  [
    'in the path of a submodule',
    `${IDENTITY}; printf '[submodule "x"]\\n\\tpath = ${T}\\n\\turl = ../x.git\\n' > .gitmodules
    git add .gitmodules; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),'${T}'; git commit -q -m x`,
  ],
  ['in the message of a commit', commit(`-m 'x ${T}'`)],
  ['in a trailer', commit(`-m x --trailer 'Key: ${T}'`)],
  ['in the name of an author', commit(`-m x --author='${T} <a@b.invalid>'`)],
  [
    'in a header of a commit',
    `${IDENTITY}; echo 1 > done.txt; git add -A; git commit -q -m x
    git cat-file commit HEAD | sed '/^committer/a x-note ${T}' > ../c; git update-ref HEAD $(git hash-object -t commit -w ../c); rm ../c`,
  ],
  [
    'in a file that a later commit deletes',
    `${IDENTITY}; echo '${T}' > a.txt; git add -A; git commit -q -m x; git rm -q a.txt; echo 1 > done.txt`,
  ],
  ['in base64', `printf %s '${T}' | base64 > a.txt`],
  ['in base64 of a longer text', `printf 'GITHUB_TOKEN=%s and more' '${T}' | base64 > a.txt`],
  ['in base64 of a text one character longer', `printf 'x%s' '${T}' | base64 > a.txt`],
  ['in base64 over several lines', `printf 'a longer text in front of it, %s' '${T}' | base64 -w 8 > a.txt`],
  ['in base64url', `echo '${Buffer.from(`?>${T}`).toString('base64url')}' > a.txt`],
  ['in hexadecimal', `printf %s '${T}' | od -An -tx1 | tr -d ' \\n' > a.txt`],
  ['in UTF-16', `printf %s '${T}' | sed 's/./&\\x00/g' > a.txt`],
  ['split over two lines', `printf '%s\\n%s\\n' '${T.slice(0, half)}' '${T.slice(half)}' > a.txt`],
  ['as two strings that are joined', `echo "const a = '${T.slice(0, half)}' + '${T.slice(half)}'" > a.js`],
  ['in the base64 of basic credentials', `echo '${base64(`x-access-token:${T}`)}' > a.txt`],
]

describe('a secret', () => {
  it.each(WAYS)('%s is not pushed', async (_, script) => {
    const world = await aWorld()
    const number = world.anIssue()

    const log = await oneJob(world, script)

    expect(world.orchestrator.of('failed')[0]?.body['error']).toMatch(/credentials.*nothing was pushed/s)
    expect(await world.fromGit('branch')).not.toContain(`issue-${number}`)
    expect(log).not.toContain(T)
  })

  it('in the names of branches and tags stays on the machine', async () => {
    const world = await aWorld()
    world.anIssue()

    const script = `${IDENTITY}; git tag '${T}'; git branch '${T}'; echo 1 > done.txt`
    const log = await oneJob(world, script)

    expect(world.orchestrator.of('complete')).toHaveLength(1)
    expect(await world.fromGit('for-each-ref')).not.toContain(T)
    expect(log).not.toContain(T)
  })

  it.each([
    ['as it is', `echo 'the token is ${T}'`],
    ['in base64 of a longer text', `printf 'GITHUB_TOKEN=%s and more' '${T}' | base64 -w 0`],
    ['in base64 over several lines', `printf 'a longer text, %s' '${T}' | base64 -w 10`],
    ['in hexadecimal', `printf %s '${T}' | od -An -tx1 | tr -d ' \\n'`],
    ['split over two lines', `printf '%s\\n%s\\n' '${T.slice(0, half)}' '${T.slice(half)}'`],
  ])('printed %s is not reported', async (_, script) => {
    const world = await aWorld()
    world.anIssue()

    const log = await oneJob(world, `${script}; exit 3`)

    const error = String(world.orchestrator.of('failed')[0]?.body['error'])
    expect(error).toMatch(/code 3\.[\s\S]*\*\*\*/)
    for (const part of [T, T.slice(0, half), base64(T).slice(4, 16), Buffer.from(T).toString('hex')]) {
      expect(`${error}${log}`).not.toContain(part)
    }
  })
})

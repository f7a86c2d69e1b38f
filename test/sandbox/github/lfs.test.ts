import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startGitHub } from '#sandbox/github/server'
import { asPerson, HAS_GIT_LFS } from '#test/helpers/git'
import { aFolder } from '#test/helpers/worker/values'

const TOKEN = 'secret'

async function aGitHub() {
  const folder = await aFolder()
  const github = await startGitHub({ port: 0, dataDir: join(folder, 'github'), token: TOKEN })
  onTestFinished(() => github.close())
  await github.seed.repository('acme/art')
  const url = github.url
  const remote = `${url}/acme/art.git`
  return { url, remote, run: (script: string, token = TOKEN) => asPerson(folder, script, { url, token }) }
}

const PUSH = (remote: string) => `
  git clone -q ${remote} one; cd one; git lfs track '*.bin' >/dev/null
  head -c 300000 /dev/urandom > a.bin; : > empty.bin; git add -A; git commit -qm art
  git lfs push origin HEAD >/dev/null; git push -q --no-verify origin HEAD:main; sha256sum a.bin`

it.skipIf(!HAS_GIT_LFS)('keeps what git-lfs pushes and gives it to whoever clones', async () => {
  const { remote, run } = await aGitHub()
  const pushed = await run(PUSH(remote))

  const got = await run(`git clone -q ${remote} two; cd two; sha256sum a.bin; wc -c < a.bin; git lfs fsck`)

  expect(got).toContain(pushed.trim().split('\n').at(-1))
  expect(got).toContain('300000')
  expect(got).toContain('Git LFS fsck OK')
})

it.skipIf(!HAS_GIT_LFS)('takes no object without a token, nor one of another content', async () => {
  const { url, remote, run } = await aGitHub()
  await expect(run(PUSH(remote), 'wrong')).rejects.toThrow(/401|Authentication|Bad credentials|could not read/i)

  const oid = 'a'.repeat(64)
  const batch = await fetch(`${remote}/info/lfs/objects/batch`, {
    method: 'POST',
    headers: { authorization: `token ${TOKEN}`, 'content-type': 'application/vnd.git-lfs+json' },
    body: JSON.stringify({ operation: 'upload', objects: [{ oid, size: 3 }] }),
  })
  const { objects } = (await batch.json()) as { objects: { actions: { upload: { href: string } } }[] }
  const { href } = objects[0]!.actions.upload
  expect((await fetch(href, { method: 'PUT', body: 'abc' })).status).toBe(422)
  expect((await fetch(href.replace(/signature=.*/, 'signature=0'), { method: 'PUT', body: 'abc' })).status).toBe(403)
  expect(href.startsWith(url)).toBe(true)
})

it.skipIf(!HAS_GIT_LFS)('names an object that it does not have', async () => {
  const { remote, run } = await aGitHub()
  await run(`git clone -q ${remote} one; cd one; git lfs track '*.bin' >/dev/null; echo 1 > a.bin; git add -A
    git commit -qm art; git push -q --no-verify origin HEAD:main`)

  await expect(run(`git clone -q ${remote} two`)).rejects.toThrow(/does not exist on the server/)
})

/** A checkout on a bare remote that is reached by its path: real Git, no API. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createCheckout } from '#worker/checkout'
import { createGit } from '#worker/git'
import { createMask } from '#worker/mask'
import { placeOf } from '#worker/names'
import type { RemoteFacts } from '#worker/remote/facts'
import { aFolder, aWork } from './values.ts'

const run = promisify(execFile)

export const signal = new AbortController().signal
export const work = aWork()
export const branch = 'ai-feature/issue-7'
export const SECRET = 'top-secret'

export type Remote = Awaited<ReturnType<typeof aRemote>>

export interface RemoteOptions {
  readonly empty?: boolean
  /** Text by path, for the first commit on `trunk`; executable where the path is listed in `scripts`. */
  readonly files?: Readonly<Record<string, string>>
  readonly scripts?: readonly string[]
  readonly ignore?: readonly string[]
  /** What the host of the remote calls the default branch; without it the remote has no API. */
  readonly defaultBranch?: string
}

/** A host that knows the repository by its name and has no pull requests. */
function anApi(default_branch: string): RemoteFacts {
  return { locate: async (repository) => ({ repository, default_branch }), fateOf: async () => null }
}

/** A bare remote with one commit on `trunk` unless it is to be empty. */
export async function aRemote(options: RemoteOptions = {}) {
  const { empty = false, files = {}, scripts = [], ignore = [], defaultBranch } = options
  const folder = await aFolder()
  const bare = join(folder, 'remotes', 'acme', 'widgets.git')
  const url = `file://${folder}/remotes`
  const env = { PATH: process.env['PATH'] ?? '' }
  const git = createGit({ mask: createMask([]) }, { url, token: null, env, author: 'Tester' })
  await git(['init', '--quiet', '--bare', '--initial-branch=trunk', '--', bare])
  if (!empty) {
    const entries: string[] = []
    for (const [path, content] of Object.entries(files)) {
      const { stdout } = await git([`--git-dir=${bare}`, 'hash-object', '-w', '--stdin'], { input: content })
      entries.push(`${scripts.includes(path) ? '100755' : '100644'} ${stdout.trim()}\t${path}`)
    }
    const index = ['-C', folder, `--git-dir=${bare}`, `--work-tree=${folder}`]
    await git([...index, 'update-index', '--index-info'], { input: entries.map((entry) => `${entry}\n`).join('') })
    const { stdout: tree } = await git([...index, 'write-tree'])
    const { stdout: commit } = await git([`--git-dir=${bare}`, 'commit-tree', tree.trim()], { input: 'first\n' })
    await git([`--git-dir=${bare}`, 'update-ref', 'refs/heads/trunk', commit.trim()])
  }
  const checkout = createCheckout(
    { git, remote: defaultBranch === undefined ? null : anApi(defaultBranch) },
    { url, secrets: [SECRET], ignore },
  )
  const place = placeOf(join(folder, 'workspace'), work.repository, work.number)
  const inBare = async (...args: string[]) => (await git([`--git-dir=${bare}`, ...args])).stdout.trim()
  const inTree = (...args: string[]) =>
    run('git', ['-C', place.tree, '-c', 'user.name=a', '-c', 'user.email=a@b.invalid', ...args])
  const write = async (path: string, content: string | Buffer = 'x\n') => {
    await mkdir(dirname(join(place.tree, path)), { recursive: true })
    await writeFile(join(place.tree, path), content)
  }
  /** A shell script in the clone, as a command that commits under the worker's name. */
  const shell = (script: string) =>
    run('sh', ['-ec', script], {
      cwd: place.tree,
      env: {
        ...env,
        HOME: folder,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'agent',
        GIT_AUTHOR_EMAIL: 'agent@ai.invalid',
        GIT_COMMITTER_NAME: 'Coxswain worker',
        GIT_COMMITTER_EMAIL: 'coxswain-worker@noreply.invalid',
      },
    })
  const prepare = () => checkout.prepare(work, place, signal)
  /** A whole run: clone, `script`, commit and, if there is anything, push. */
  const attempt = async (script: string) => {
    const prepared = await prepare()
    await shell(script)
    const result = await checkout.collect(work, place, prepared)
    await checkout.publish(place, { prepared, signal })
    return { prepared, result }
  }
  /** Names of the files of a branch of the remote. */
  const filesOf = async (name: string) =>
    (await inBare('ls-tree', '-r', '-z', '--name-only', name)).split('\0').filter(Boolean)
  return { folder, git, checkout, place, inBare, inTree, write, shell, prepare, attempt, filesOf }
}

/** The real git, with a home of its own, against the stand-in. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ACME, aFolder } from './helpers.ts'

const run = promisify(execFile)

export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'credential.helper=']
  const env = { PATH: process.env['PATH'], HOME: directory, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' }
  return (await run('git', [...identity, ...args], { cwd: directory, env })).stdout.trim()
}

export async function clone(github: { url: string }, credentials = '', name = ACME): Promise<string> {
  const folder = await aFolder()
  const url = github.url.replace('http://', `http://${credentials}`)
  await git(folder, 'clone', '--quiet', `${url}/${name}.git`, 'work')
  return join(folder, 'work')
}

/** Commits `text` to a file on a new branch. */
export async function commit(work: string, branch: string, text: string): Promise<void> {
  await git(work, 'checkout', '--quiet', '-B', branch)
  await writeFile(join(work, 'LOG.md'), text)
  await git(work, 'add', '.')
  await git(work, 'commit', '--quiet', '--message', text)
}

/** Clones, commits on `branch`, pushes; returns the clone. */
export async function pushBranch(github: { url: string }, branch: string, text = 'Land ahoy\n'): Promise<string> {
  const work = await clone(github)
  await commit(work, branch, text)
  await git(work, 'push', '--quiet', 'origin', branch)
  return work
}

/** Bare repositories on disk, asked and changed by git's own plumbing. No working tree, no shell. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { Instant } from '#lib/clock'
import { fastImport, type InitialCommit } from './import.ts'

export interface Comparison {
  readonly commits: number
  readonly additions: number
  readonly deletions: number
  readonly changed_files: number
}

export interface MergeRequest {
  readonly base: string
  readonly head: string
  readonly message: string
  readonly author: string
  readonly at: Instant
  /** Squash: one parent instead of two. */
  readonly squash: boolean
}

export interface BareRepositories {
  /** The folder all of them lie in, as `<id>.git`. */
  readonly root: string
  exists(id: number): boolean
  /** Makes the repository with its first commit on `main`; nothing is left of it when that fails. */
  create(id: number, commit: InitialCommit): Promise<void>
  /** Commit of every branch, by name. */
  branches(id: number): Promise<ReadonlyMap<string, string>>
  compare(id: number, base: string, head: string): Promise<Comparison>
  diff(id: number, base: string, head: string): Promise<string>
  isMergeable(id: number, base: string, head: string): Promise<boolean>
  /** Merges the commit `head` into the branch `base`; the new commit, or undefined when they conflict. */
  merge(id: number, request: MergeRequest): Promise<string | undefined>
}

export const DEFAULT_BRANCH = 'main'

/** More of a diff than anyone reads in a browser; the rest is cut off. */
const OUTPUT_BYTES = 4 * 1024 * 1024

const run = promisify(execFile)

/** What git may know of its surroundings: where programs are, and no configuration but the repository's own. */
export function gitEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    LC_ALL: 'C',
  }
}

export function openBareRepositories(root: string): BareRepositories {
  mkdirSync(root, { recursive: true })
  const pathOf = (id: number): string => join(root, `${id}.git`)
  const environment = gitEnvironment(root)

  const git = async (directory: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
    const options = { env: { ...environment, ...env }, maxBuffer: OUTPUT_BYTES }
    return (await run('git', ['--git-dir', directory, ...args], options)).stdout.trimEnd()
  }

  /** The merged tree, or undefined on conflict (git then exits with 1; anything else is an error). */
  const mergedTree = async (id: number, base: string, head: string): Promise<string | undefined> => {
    try {
      return (await git(pathOf(id), ['merge-tree', '--write-tree', base, head])).split('\n')[0]
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 1) return undefined
      throw thrown
    }
  }

  return {
    root,
    exists: (id) => existsSync(pathOf(id)),
    create: (id, commit) => createBare({ path: pathOf(id), environment, git }, commit),
    async branches(id) {
      const lines = await git(pathOf(id), ['for-each-ref', '--format=%(objectname) %(refname:lstrip=2)', 'refs/heads'])
      return new Map(
        lines
          .split('\n')
          .filter(Boolean)
          .map((line) => [line.slice(line.indexOf(' ') + 1), line.split(' ')[0] ?? '']),
      )
    },
    async compare(id, base, head) {
      const [count, numstat] = await Promise.all([
        git(pathOf(id), ['rev-list', '--count', `${base}..${head}`]),
        git(pathOf(id), ['diff', '--numstat', `${base}...${head}`]),
      ])
      return { commits: Number(count), ...sumNumstat(numstat) }
    },
    diff: (id, base, head) => git(pathOf(id), ['diff', '--no-color', `${base}...${head}`]).catch(firstPart),
    isMergeable: async (id, base, head) => (await mergedTree(id, base, head)) !== undefined,
    async merge(id, { base, head, message, author, at, squash }) {
      const branch = `refs/heads/${base}`
      const onto = await git(pathOf(id), ['rev-parse', '--verify', branch])
      const tree = await mergedTree(id, onto, head)
      if (tree === undefined) return undefined
      const parents = squash ? ['-p', onto] : ['-p', onto, '-p', head]
      const commit = await git(pathOf(id), ['commit-tree', tree, ...parents, '-m', message], signature(author, at))
      await git(pathOf(id), ['update-ref', branch, commit, onto])
      return commit
    },
  }
}

/** What was printed before the output grew too long. */
function firstPart(thrown: unknown): string {
  const { code, stdout } = thrown as { readonly code?: unknown; readonly stdout?: unknown }
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' && typeof stdout === 'string') return stdout
  throw thrown
}

interface Place {
  readonly path: string
  readonly environment: Record<string, string>
  readonly git: (directory: string, args: readonly string[]) => Promise<string>
}

/** Builds the repository aside and moves it into place, so that a kill leaves all of it or nothing. */
async function createBare({ path, environment, git }: Place, commit: InitialCommit): Promise<void> {
  const aside = `${path}.new`
  rmSync(aside, { recursive: true, force: true })
  await git(aside, ['init', '--quiet', '--bare', `--initial-branch=${DEFAULT_BRANCH}`])
  await git(aside, ['config', 'http.receivepack', 'true'])
  const child = spawn('git', ['--git-dir', aside, 'fast-import', '--quiet'], {
    env: environment,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin.end(fastImport(DEFAULT_BRANCH, commit))
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [complaint, code] = await Promise.all([text(child.stderr), closed])
  if (code !== 0) throw new Error(`git fast-import failed: ${complaint}`)
  await rename(aside, path)
}

function signature(author: string, at: Instant): Record<string, string> {
  const email = `${author}@users.noreply.github.com`
  const date = `@${Math.floor(at / 1000)} +0000`
  return {
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  }
}

/** Lines are `added<TAB>removed<TAB>path`; a binary file has `-` for both. */
function sumNumstat(numstat: string): Omit<Comparison, 'commits'> {
  const lines = numstat
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'))
  const sum = (column: number): number => lines.reduce((total, line) => total + (Number(line[column]) || 0), 0)
  return { additions: sum(0), deletions: sum(1), changed_files: lines.length }
}

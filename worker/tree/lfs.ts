/**
 * Git LFS. The mirror fetches and pushes objects with the token; the command's clone gets them from the mirror by path, as
 * it gets commits, so that git-lfs works there without a token and without the network.
 */
import { createHash } from 'node:crypto'
import { constants, createWriteStream } from 'node:fs'
import { lstat, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join as joinPath } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { AppError } from '#lib/errors'
import type { Git } from '../git.ts'
import type { Place } from '../names.ts'
import { createScanner } from '../secrets/scanner.ts'
import { type Change, join, MODE, type Path, parseRaw, split } from './gits.ts'
import { listed } from './wording.ts'

/** What `git lfs install` would write into a person's configuration. */
const FILTERS = [
  ['filter.lfs.clean', 'git-lfs clean -- %f'],
  ['filter.lfs.smudge', 'git-lfs smudge -- %f'],
  ['filter.lfs.process', 'git-lfs filter-process'],
  ['filter.lfs.required', 'true'],
] as const

/** A pointer file is smaller than this by its specification. */
const LARGEST_POINTER = 1024

const POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize \d+\n/

/** Said where a repository needs what the machine does not have. */
export const LFS_MISSING =
  'The repository keeps files in Git LFS, and git-lfs is not installed on this worker: they were pointers to the command.'

/** True when `git lfs` can be run. */
export async function hasLfs(git: Git): Promise<boolean> {
  return git(['lfs', 'version']).then(
    () => true,
    () => false,
  )
}

/** True when a .gitattributes of `commit` keeps files in Git LFS. */
export async function usesLfs(mirror: Git, commit: string): Promise<boolean> {
  const args = ['grep', '--quiet', '-e', 'filter=lfs', commit, '--', ':(glob)**/.gitattributes']
  return (await mirror(args, { answers: [1] })).code === 0
}

/** Filters of a machine that was set up for git-lfs and has it no longer. */
const NO_FILTERS = FILTERS.map(([key]) => [key, key.endsWith('.required') ? 'false' : ''] as const)

/** Settings of the clone: the filters if git-lfs is here, and the mirror as its server, whatever a .lfsconfig names. */
function settingsOf(place: Place, isInstalled: boolean): readonly (readonly [string, string])[] {
  return isInstalled ? [...FILTERS, ['lfs.url', mirrorUrl(place)]] : NO_FILTERS
}

/** For calls of the worker in the command's clone, whatever its configuration says by then. */
export function lfsSettings(place: Place, isInstalled: boolean): string[] {
  return settingsOf(place, isInstalled).flatMap(([key, value]) => ['-c', `${key}=${value}`])
}

/** The same for the command's own calls of git. */
export async function configureLfs(tree: Git, place: Place, isInstalled: boolean): Promise<void> {
  for (const [key, value] of settingsOf(place, isInstalled)) await tree(['config', key, value])
}

const mirrorUrl = (place: Place): string => pathToFileURL(place.mirror).href

/** The remote's own endpoint, whatever a .lfsconfig of the repository names: the token and the network are for no other. */
function endpoint(remote: string): string[] {
  const url = `${remote}/info/lfs`
  return ['-c', `lfs.url=${url}`, '-c', `lfs.pushurl=${url}`, '-c', 'lfs.locksverify=false']
}

/** Fetches the objects of `commits` into the mirror. Throws AppError `invalid` when the remote does not have them. */
export async function fetchObjects(
  mirror: Git,
  { remote, commits, signal }: { remote: string; commits: readonly string[]; signal: AbortSignal },
): Promise<void> {
  const args = [...endpoint(remote), 'lfs', 'fetch', 'origin', ...new Set(commits)]
  await mirror(args, { credentials: true, signal }).catch((error: unknown) => {
    if (!(error instanceof AppError && /does not exist on the server/i.test(error.message))) throw error
    throw new AppError(
      'invalid',
      'Files of the repository are kept in Git LFS, but their content is not on its server.',
      {
        cause: error,
      },
    )
  })
}

/** Throws AppError `invalid` for a changed file that belongs into Git LFS and is in the commit itself. */
export async function refuseRawFiles(tree: Git, changes: readonly Change[], isInstalled: boolean): Promise<void> {
  const files = changes.filter(({ mode }) => mode === MODE.file || mode === MODE.script)
  if (files.length === 0) return
  const input = join(files.map(({ path }) => path))
  const { stdout } = await tree(['check-attr', '--cached', '-z', '--stdin', 'filter'], { input, bytes: true })
  const fields = split(stdout)
  const kept = new Set(fields.filter((_, at) => at % 3 === 0 && fields[at + 2] === 'lfs'))
  const raw: Path[] = []
  for (const { path, blob } of files.filter((file) => kept.has(file.path))) {
    if ((await pointersAmong(tree, [blob])).length === 0 && !(await isEmpty(tree, blob))) raw.push(path)
  }
  if (raw.length === 0) return
  const why = isInstalled ? 'was not put there' : 'cannot be put there: git-lfs is not installed on this worker'
  throw new AppError(
    'invalid',
    `.gitattributes keeps ${listed(raw)} in Git LFS, but its content ${why}. Nothing was pushed.`,
  )
}

/** An empty file stays empty in Git LFS. */
async function isEmpty(git: Git, blob: string): Promise<boolean> {
  return (await git(['cat-file', '-s', blob])).stdout.trim() === '0'
}

/** Ids of the objects that `blobs` point to. */
async function pointersAmong(git: Git, blobs: readonly string[]): Promise<string[]> {
  if (blobs.length === 0) return []
  const lines = (ids: readonly string[]): string => ids.map((id) => `${id}\n`).join('')
  const { stdout: sizes } = await git(['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'], {
    input: lines(blobs),
  })
  const small = sizes.split('\n').flatMap((line) => {
    const [id = '', type, size] = line.split(' ')
    return type === 'blob' && Number(size) < LARGEST_POINTER ? [id] : []
  })
  const found: string[] = []
  for (const blob of small) {
    const { stdout } = await git(['cat-file', 'blob', blob], { bytes: true })
    const [, oid] = POINTER.exec(stdout) ?? []
    if (oid !== undefined) found.push(oid)
  }
  return found
}

/** Objects that commits of `range` point to for the first time. */
export async function newObjects(mirror: Git, range: string): Promise<string[]> {
  const args = ['log', '-m', '--raw', '--no-abbrev', '--no-renames', '-z', '--format=', range, '--']
  const { stdout } = await mirror([...args, ':(glob)**'], { bytes: true })
  const changes = parseRaw(stdout.replaceAll('\n:', ':').replace(/^\n/, ''))
  const files = changes.filter(({ mode }) => mode === MODE.file || mode === MODE.script)
  return [...new Set(await pointersAmong(mirror, [...new Set(files.map(({ blob }) => blob))]))]
}

export interface Taking {
  readonly objects: readonly string[]
  readonly secrets: readonly string[]
  /** Whose files are taken; null for anybody's. */
  readonly uid: number | null
}

/**
 * Takes `objects` over from the command's clone. Throws AppError `forbidden` when one holds one of `secrets`. What the clone
 * does not have is left to the remote, which may.
 */
export async function takeObjects(place: Place, { objects, secrets, uid }: Taking): Promise<void> {
  for (const oid of objects) {
    const path = joinPath('lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid)
    const [from, to] = [joinPath(place.tree, '.git', path), joinPath(place.mirror, path)]
    const there = await lstat(to).catch(() => null)
    if (there !== null) continue
    await mkdir(dirname(to), { recursive: true })
    if (!(await copyOwn(from, to, uid))) continue
    const { hash, leaks } = await examine(to, secrets)
    if (hash === oid && !leaks) continue
    await rm(to)
    if (!leaks)
      throw new AppError('invalid', 'The command left an object of Git LFS whose content is not what its name says.')
    const what = "The command's commits contain one of the worker's own credentials, in Git LFS"
    throw new AppError('forbidden', `${what}; nothing was pushed.`)
  }
}

/** Copies a file that is no link and belongs to `uid`; false when there is none. */
async function copyOwn(from: string, to: string, uid: number | null): Promise<boolean> {
  const handle = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null)
  if (handle === null) return false
  await using source = handle
  const stat = await source.stat()
  if (!stat.isFile() || (uid !== null && stat.uid !== uid)) return false
  await pipeline(source.createReadStream({ autoClose: false }), createWriteStream(to))
  return true
}

/** Reads a file once: its SHA-256, and whether one of `secrets` is in it. */
async function examine(file: string, secrets: readonly string[]): Promise<{ hash: string; leaks: boolean }> {
  const hash = createHash('sha256')
  const scanner = createScanner(secrets)
  await using handle = await open(file, 'r')
  for await (const chunk of handle.createReadStream({ autoClose: false })) {
    hash.update(chunk)
    scanner.write(chunk as Buffer)
  }
  return { hash: hash.digest('hex'), leaks: scanner.found() }
}

/** Pushes what the remote does not have yet. */
export async function pushObjects(
  mirror: Git,
  { remote, objects, signal }: { remote: string; objects: readonly string[]; signal: AbortSignal },
): Promise<void> {
  if (objects.length === 0) return
  const args = [...endpoint(remote), 'lfs', 'push', '--object-id', 'origin', ...objects]
  await mirror(args, { credentials: true, signal })
}

/** What makes a result unfit to be pushed: work left unfinished, conflicts, repositories inside the repository. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#lib/errors'
import type { Git } from '../git.ts'
import type { Place } from '../names.ts'
import { type Change, MODE, type Path, split } from './gits.ts'
import { listed } from './wording.ts'

/** What Git keeps in `.git` while it waits for its user; a merge that is resolved needs only its commit. */
const UNFINISHED = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['sequencer', 'cherry-pick or revert'],
  ['BISECT_LOG', 'bisect'],
] as const

/** Throws AppError `invalid` for a conflict nobody resolved, and for a rebase, bisect or series of picks that is not at its end. */
export async function refuseUnfinished(tree: Git, place: Place): Promise<void> {
  const { stdout } = await tree(['ls-files', '--unmerged', '-z'], { bytes: true })
  const paths = split(stdout).map((line) => line.slice(line.indexOf('\t') + 1))
  if (paths.length > 0) {
    throw unfit(`The command left merge conflicts in ${listed([...new Set(paths)])}; resolved files must be added.`)
  }
  for (const [file, what] of UNFINISHED) {
    const there = await access(join(place.tree, '.git', file)).then(
      () => true,
      () => false,
    )
    if (there) throw unfit(`The command left an unfinished ${what}; it must be ended or aborted.`)
  }
}

/** `untracked` as `git ls-files --others` tells it: a repository inside the tree ends in a slash. */
export function refuseNested(untracked: readonly Path[]): void {
  const nested = untracked.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1))
  if (nested.length === 0) return
  const what = `The command left a Git repository of its own in ${listed(nested)}`
  throw unfit(`${what}; its files cannot be committed here. It must be removed, or put on WORKER_IGNORE.`)
}

/** A gitlink that .gitmodules does not declare points at a commit nobody can fetch. */
export function refuseGitlinks(changes: readonly Change[], declared: ReadonlySet<Path>): void {
  const links = changes.filter(({ oldMode, mode }) => mode === MODE.gitlink && oldMode !== MODE.gitlink)
  const strange = links.filter(({ path }) => !declared.has(path)).map(({ path }) => path)
  if (strange.length === 0) return
  throw unfit(`The command committed the Git repository in ${listed(strange)} as a link without a submodule's entry.`)
}

/** The three lines of a conflict that Git writes into a file, each at its line's start. */
const MARKERS = ['-e', '^<<<<<<< ', '-e', '^=======', '-e', '^>>>>>>> ']

/**
 * Throws AppError `invalid` when a changed file holds a whole conflict. Files that held one at `start`, and those whose
 * `conflict-marker-size` is set in .gitattributes, are meant to.
 */
export async function refuseMarkers(tree: Git, start: string, changes: readonly Change[]): Promise<void> {
  const changed = new Set(changes.map(({ path }) => path))
  if (changed.size === 0) return
  const hits = (await withMarkers(tree, '--cached')).filter((path) => changed.has(path))
  if (hits.length === 0) return
  const before = new Set((await withMarkers(tree, start)).map((path) => path.slice(start.length + 1)))
  const meant = await withAttribute(tree, 'conflict-marker-size', hits)
  const left = hits.filter((path) => !before.has(path) && !meant.has(path))
  if (left.length > 0) throw unfit(`The command left conflict markers in ${listed(left)}.`)
}

async function withMarkers(tree: Git, where: string): Promise<Path[]> {
  const args = ['grep', '-z', '-l', '-I', '--full-name', '--all-match', ...MARKERS, where, '--']
  return split((await tree(args, { bytes: true, answers: [1] })).stdout)
}

/** Those of `paths` for which `attribute` is set to a value; by the attributes as they stand in the index. */
async function withAttribute(tree: Git, attribute: string, paths: readonly Path[]): Promise<ReadonlySet<Path>> {
  const input = paths.map((path) => `${path}\0`).join('')
  const { stdout } = await tree(['check-attr', '--cached', '-z', '--stdin', attribute], { input, bytes: true })
  const fields = split(stdout)
  const found = new Set<Path>()
  for (let at = 0; at + 2 < fields.length; at += 3) {
    if (fields[at + 2] !== 'unspecified') found.add(fields[at] ?? '')
  }
  return found
}

function unfit(what: string): AppError {
  return new AppError('invalid', `${what} Nothing was pushed.`)
}

/** Puts into the index what is to be committed of a run, and says what was left out. */
import type { Git } from '../git.ts'
import type { Place } from '../names.ts'
import type { Baseline } from './baseline.ts'
import { type Change, changesInIndex, join, type Path, split } from './gits.ts'
import { coreDumps, type LeftOut } from './left-out.ts'
import { refuseRawFiles } from './lfs.ts'
import { type Entry, findNoise } from './noise.ts'
import { refuseGitlinks, refuseMarkers, refuseNested, refuseUnfinished } from './screen.ts'
import { declaredSubmodules, dirtySubmodules, refuseOwnCommits, type Submodules, strayLinks } from './submodules.ts'
import { listed } from './wording.ts'

export interface Snapshot {
  /** The tree to be committed; the index holds it. */
  readonly tree: string
  /** What was left out, one sentence each. */
  readonly notes: readonly string[]
  /** Paths that the commits of the command hold, and must not. */
  readonly unwanted: readonly Path[]
}

export interface Gits {
  readonly git: Git
  /** Calls in the command's clone. */
  readonly tree: Git
}

export interface Scope {
  readonly place: Place
  readonly start: string
  /** Commit of the base; what it holds as well is no doing of the run. */
  readonly trunk: string
  readonly baseline: Baseline
  readonly leftOut: LeftOut
  readonly submodules: Submodules
  /** git-lfs is on this machine. */
  readonly lfs: boolean
}

/** Throws AppError `invalid` when the tree is not fit to be pushed. */
export async function takeSnapshot({ git, tree }: Gits, scope: Scope): Promise<Snapshot> {
  const { place, leftOut, baseline } = scope
  await refuseUnfinished(tree, place)
  const passedOver = await addFiles(tree, scope)
  const own = await changesOfRun(tree, scope)
  const declared = await declaredSubmodules(tree)
  refuseGitlinks(own, declared)
  const stray = strayLinks(own, { mirrors: scope.submodules.mirrors, declared })
  await refuseOwnCommits(git, own, scope.submodules)
  const added = own.filter(({ status }) => status === 'A').map(({ path }) => path)
  const unwanted = [...(await leftOut.among(added)), ...(await coreDumps(place, added))]
  const kept = own.filter((change) => !(unwanted.includes(change.path) || stray.includes(change)))
  const same = await baseline.unchanged(tree, kept)
  const noise = await findNoise(
    tree,
    scope.start,
    kept.filter((change) => !same.has(change.path)),
  )
  const untouched = [...kept.filter(({ path }) => same.has(path)), ...stray].map(asBefore)
  await correct(tree, { removed: unwanted, entries: [...untouched, ...noise.entries], width: scope.start.length })
  const settled = new Set([...untouched, ...noise.entries].map(({ path }) => path))
  await refuseMarkers(
    tree,
    scope.start,
    kept.filter(({ path }) => !settled.has(path)),
  )
  await refuseRawFiles(tree, kept, scope.lfs)
  const dirty = await dirtySubmodules(tree)
  const { stdout } = await tree(['write-tree'])
  const notes = [
    ...note('Left out', [...passedOver, ...unwanted]),
    ...note('Line endings and blanks at line ends left as they were in', noise.blanks),
    ...note('File modes left as they were of', noise.modes),
    ...note('Changes inside submodules left out', [...new Set([...dirty, ...stray.map(({ path }) => path)])]),
  ]
  return { tree: stdout.trim(), notes, unwanted }
}

const note = (what: string, paths: readonly Path[]): string[] =>
  paths.length > 0 ? [`${what}: ${listed(paths)}.`] : []

const asBefore = ({ path, oldMode, oldBlob }: Change): Entry => ({ path, mode: oldMode, blob: oldBlob })

/** Adds what is new, without what is left out; returns that, folders named as one. */
async function addFiles(tree: Git, { place, leftOut }: Scope): Promise<Path[]> {
  const others = ['ls-files', '--others', '--exclude-standard', '-z']
  const { stdout } = await tree([...leftOut.setting, ...others], { bytes: true })
  const untracked = split(stdout)
  refuseNested(untracked)
  const dumps = await coreDumps(place, untracked)
  const paths = join(['.', ...dumps.map((path) => `:(exclude,literal,top)${path}`)])
  const add = [...leftOut.setting, 'add', '--all', '--pathspec-from-file=-', '--pathspec-file-nul']
  await tree(add, { input: paths, bytes: true })
  return [...(await passedOver(tree, leftOut)), ...dumps]
}

/** Untracked files and folders that only the list of what is left out keeps from being added. */
async function passedOver(tree: Git, leftOut: LeftOut): Promise<Path[]> {
  const others = ['ls-files', '--others', '--directory', '-z']
  const without = await tree(['-c', 'core.excludesFile=', ...others, '--exclude-standard'], { bytes: true })
  const ours = await tree([...others, '--ignored', `--exclude-from=${leftOut.file}`], { bytes: true })
  const visible = split(without.stdout)
  const candidates = split(ours.stdout).filter((path) => visible.some((seen) => within(path, seen)))
  return candidates.filter((path) => !candidates.some((other) => other !== path && within(other, path)))
}

const within = (path: Path, folder: Path): boolean =>
  path === folder || (folder.endsWith('/') && path.startsWith(folder))

/** Changes of the index against the start, but for those that only bring it to where the base is. */
async function changesOfRun(tree: Git, { start, trunk }: Scope): Promise<Change[]> {
  const changes = await changesInIndex(tree, start)
  if (start === trunk || changes.length === 0) return changes
  const beyond = new Set((await changesInIndex(tree, trunk)).map(({ path }) => path))
  return changes.filter(({ path }) => beyond.has(path))
}

/** Rewrites entries of the index; files on disk stay as they are. */
async function correct(
  tree: Git,
  { removed, entries, width }: { removed: readonly Path[]; entries: readonly Entry[]; width: number },
): Promise<void> {
  const lines = [
    ...removed.map((path) => `0 ${'0'.repeat(width)}\t${path}`),
    ...entries.map(({ mode, blob, path }) => `${mode} ${blob}\t${path}`),
  ]
  if (lines.length === 0) return
  await tree(['update-index', '-z', '--index-info'], { input: join(lines), bytes: true })
}

/** Changes that tools make in passing: file modes, line endings, blanks at the ends of lines. */
import type { Git } from '../git.ts'
import { type Change, MODE, type Path, split } from './gits.ts'

/** Larger files are taken as they are. */
const LARGEST_FILE = 8_000_000

/** A correction of the index. */
export interface Entry {
  readonly path: Path
  readonly mode: string
  readonly blob: string
}

export interface Noise {
  readonly entries: readonly Entry[]
  /** Files with nothing else than line endings or blanks at line ends changed. */
  readonly blanks: readonly Path[]
  /** Files whose mode alone changed. */
  readonly modes: readonly Path[]
}

/** Lines added and removed, by path. */
export type Counts = ReadonlyMap<Path, string>

export interface Facts {
  readonly changes: readonly Change[]
  /** As Git counts them, and once more without regard to blanks at line ends, where what is equal then has no count. */
  readonly plain: Counts
  readonly lenient: Counts
  /** Files that begin with `#!`. */
  readonly scripts: ReadonlySet<Path>
  /** The run changes .gitattributes, so that other line endings are meant. */
  readonly attributes: boolean
}

export interface NoisePlan {
  /** Take the blob as it was. */
  readonly blanks: readonly Change[]
  /** Take the mode as it was. */
  readonly modes: readonly Change[]
  /** Real changes in which line endings may have been rewritten as well. */
  readonly mixed: readonly Change[]
}

/**
 * A mode is noise unless it makes a script runnable. Blanks at line ends are noise where nothing else changed in the file,
 * unless the run itself changes .gitattributes.
 */
export function planNoise({ changes, plain, lenient, scripts, attributes }: Facts): NoisePlan {
  const files = changes.filter(({ oldMode, mode }) => isFile(oldMode) && isFile(mode))
  const modes = files.filter(
    ({ path, oldMode, mode }) => oldMode !== mode && !(mode === MODE.script && scripts.has(path)),
  )
  if (attributes) return { blanks: [], modes, mixed: [] }
  const changed = files.filter(({ oldBlob, blob }) => oldBlob !== blob)
  return {
    blanks: changed.filter(({ path }) => plain.has(path) && isEmpty(lenient.get(path))),
    modes,
    mixed: changed.filter(({ path }) => !isEmpty(lenient.get(path)) && plain.get(path) !== lenient.get(path)),
  }
}

/** A file whose mode changed as well is counted with nothing added and removed. */
const isEmpty = (counts: string | undefined): boolean => counts === undefined || counts === '0\t0'

const isFile = (mode: string): boolean => mode === MODE.file || mode === MODE.script

/** What of `changes` against `start` is noise. Converted files are written into the tree's object database. */
export async function findNoise(tree: Git, start: string, changes: readonly Change[]): Promise<Noise> {
  const modified = changes.filter(({ status }) => status === 'M')
  if (modified.length === 0) return { entries: [], blanks: [], modes: [] }
  const [plain, lenient] = [await countLines(tree, start), await countLines(tree, start, '--ignore-space-at-eol')]
  const scripts = await scriptsAmong(tree, modified)
  const attributes = changes.some(({ path }) => /(?:^|\/)\.gitattributes$/.test(path))
  const plan = planNoise({ changes: modified, plain, lenient, scripts, attributes })
  const entries = new Map<Path, Entry>()
  for (const change of plan.mixed) {
    const blob = await withOldEndings(tree, change)
    if (blob !== null) entries.set(change.path, { path: change.path, mode: change.mode, blob })
  }
  for (const { path, mode, oldBlob } of plan.blanks) entries.set(path, { path, mode, blob: oldBlob })
  for (const { path, oldMode, blob } of plan.modes) {
    entries.set(path, { path, mode: oldMode, blob: entries.get(path)?.blob ?? blob })
  }
  const alone = plan.modes.filter(({ oldBlob, blob }) => oldBlob === blob)
  return { entries: [...entries.values()], blanks: plan.blanks.map(pathOf), modes: alone.map(pathOf) }
}

const pathOf = ({ path }: Change): Path => path

/** `added TAB removed` by path; `-` for both in a binary file. */
async function countLines(tree: Git, start: string, ...options: readonly string[]): Promise<Counts> {
  const args = ['diff', '--cached', '--numstat', '-z', '--no-renames', '--no-ext-diff', '--no-textconv', ...options]
  const { stdout } = await tree([...args, start, '--'], { bytes: true })
  return new Map(
    split(stdout).map((line) => {
      const [added = '', removed = '', ...path] = line.split('\t')
      return [path.join('\t'), `${added}\t${removed}`]
    }),
  )
}

async function scriptsAmong(tree: Git, changes: readonly Change[]): Promise<ReadonlySet<Path>> {
  const scripts = new Set<Path>()
  for (const { path, oldMode, mode, blob } of changes) {
    if (oldMode === mode || mode !== MODE.script) continue
    const content = await contentOf(tree, blob)
    if (content?.startsWith('#!')) scripts.add(path)
  }
  return scripts
}

/** The new file with the line endings of the old one, as a blob; null when either has a mixture, or they agree. */
async function withOldEndings(tree: Git, { oldBlob, blob }: Change): Promise<string | null> {
  const [before, after] = [await contentOf(tree, oldBlob), await contentOf(tree, blob)]
  if (before === null || after === null) return null
  const converted = convertEndings(before, after)
  if (converted === null) return null
  const { stdout } = await tree(['hash-object', '-w', '--stdin', '--no-filters'], { input: converted, bytes: true })
  return stdout.trim()
}

/** `after` with the line endings of `before`; null when one of them mixes endings, or when they agree. */
export function convertEndings(before: string, after: string): string | null {
  const [old, now] = [endingsOf(before), endingsOf(after)]
  if (old === 'lf' && now === 'crlf') return after.replaceAll('\r\n', '\n')
  if (old === 'crlf' && now === 'lf') return after.replaceAll('\n', '\r\n')
  return null
}

function endingsOf(text: string): 'lf' | 'crlf' | 'mixed' | 'none' {
  const all = text.split('\n').length - 1
  const windows = text.split('\r\n').length - 1
  if (all === 0) return 'none'
  if (windows === 0) return 'lf'
  return windows === all ? 'crlf' : 'mixed'
}

async function contentOf(tree: Git, blob: string): Promise<string | null> {
  const { stdout: size } = await tree(['cat-file', '-s', blob])
  if (Number(size) > LARGEST_FILE) return null
  return (await tree(['cat-file', 'blob', blob], { bytes: true })).stdout
}

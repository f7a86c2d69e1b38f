/** Files that no run is meant to commit: what they are, which of them a repository keeps on purpose, and how they are kept out. */
import { constants, open, writeFile } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import type { Git } from '../git.ts'
import type { Place } from '../names.ts'
import { join, type Path, split } from './gits.ts'

/** In the syntax of .gitignore: private settings, installed dependencies, caches, and folders that agents keep for themselves. */
const PATTERNS = [
  '.env',
  '.env.*',
  '!.env.example',
  '!.env.*.example',
  '!.env.sample',
  '!.env.template',
  '!.env.dist',
  '!.env.defaults',
  // Without a slash, so that a link to installed dependencies is meant as well.
  'node_modules',
  '.venv',
  '__pycache__/',
  '*.pyc',
  '.DS_Store',
  'Thumbs.db',
  'npm-debug.log*',
  '.aider*',
  '.claude/worktrees/',
  '.claude/settings.local.json',
  '.codex/sessions/',
  '.cursor/worktrees/',
  '.gemini/tmp/',
  '.worktrees/',
]

/** Names a kernel or valgrind gives to a dump; the content decides. */
const DUMP = /(?:^|\/)(?:vg)?core(?:\.\d+)?$/

/** The command's user may read the patterns, for git calls that run as it. */
const READABLE = { mode: 0o644 }

/** Where the type stands in an ELF header, and the types of a core dump by byte order. */
const ELF = { magic: '\x7fELF', typeAt: 16, core: 4 } as const

export interface LeftOut {
  /** Which of `paths` are not to be committed. */
  among(paths: readonly Path[]): Promise<Path[]>
  /** Setting of a Git call that keeps them from being added. */
  readonly setting: readonly string[]
  /** The file of patterns, in the syntax of .gitignore. */
  readonly file: string
}

/**
 * Folders that the repository itself has under such a name (a committed `node_modules`) are its own, with all that is new
 * in them. `own` are the commits that say so, `more` patterns of the operator's.
 */
export async function createLeftOut(
  mirror: Git,
  place: Place,
  { own, more }: { own: readonly string[]; more: readonly string[] },
): Promise<LeftOut> {
  const file = joinPath(place.folder, 'left-out')
  const setting = ['-c', `core.excludesFile=${file}`]
  await writeFile(file, lines([...PATTERNS, ...more]), READABLE)
  const among = async (paths: readonly Path[]) => {
    if (paths.length === 0) return []
    // The mirror has no work tree; an empty path of the job's folder serves, as no file is looked at.
    const args = [...setting, `--work-tree=${place.mirror}/objects/info`, 'check-ignore', '--no-index', '-z', '--stdin']
    return split((await mirror(args, { input: join(paths), bytes: true, answers: [1] })).stdout)
  }
  const folders = new Set<Path>()
  for (const commit of own) {
    const { stdout } = await mirror(['ls-tree', '-r', '-d', '-z', '--name-only', commit], { bytes: true })
    for (const folder of split(stdout)) folders.add(`${folder}/`)
  }
  const kept = outermost(await among([...folders]))
  const negated = kept.map((folder) => `!/${escaped(folder)}`)
  await writeFile(file, Buffer.from(lines([...PATTERNS, ...more.map(toBytes), ...negated]), 'latin1'), READABLE)
  return { among, setting, file }
}

const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const lines = (patterns: readonly string[]): string => patterns.map((pattern) => `${pattern}\n`).join('')

/** Those of `folders`, each ending in a slash, that lie in no other. */
function outermost(folders: readonly Path[]): Path[] {
  const all = new Set(folders)
  return folders.filter((folder) => !parentsOf(folder).some((parent) => all.has(parent)))
}

function parentsOf(folder: Path): Path[] {
  const parts = folder.slice(0, -1).split('/')
  return parts.slice(1).map((_, count) => `${parts.slice(0, count + 1).join('/')}/`)
}

/** A path as a pattern that matches it alone. */
function escaped(path: Path): string {
  return path.replace(/[\\*?[\]!#]/g, '\\$&')
}

/** Which of `paths` are core dumps by name and content. */
export async function coreDumps(place: Place, paths: readonly Path[]): Promise<Path[]> {
  const dumps: Path[] = []
  for (const path of paths.filter((each) => DUMP.test(each))) {
    const file = Buffer.concat([Buffer.from(`${place.tree}/`), Buffer.from(path, 'latin1')])
    if (await isCoreDump(file).catch(() => false)) dumps.push(path)
  }
  return dumps
}

async function isCoreDump(file: Buffer): Promise<boolean> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(18), 0, 18, 0)
  if (bytesRead < 18 || buffer.toString('latin1', 0, 4) !== ELF.magic) return false
  return buffer.readUInt16LE(ELF.typeAt) === ELF.core || buffer.readUInt16BE(ELF.typeAt) === ELF.core
}

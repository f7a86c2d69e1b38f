/** The two repositories of a job as Git calls, and what is asked of either. */
import type { Git } from '../git.ts'
import type { Place } from '../names.ts'

/** A path as Git stores it, one character per byte: names need not be UTF-8. */
export type Path = string

export interface Change {
  readonly path: Path
  readonly oldMode: string
  readonly mode: string
  readonly oldBlob: string
  readonly blob: string
  /** `A` added, `D` deleted, `M` modified, `T` another type. */
  readonly status: string
}

/** Modes of Git's tree entries. */
export const MODE = { file: '100644', script: '100755', gitlink: '160000' } as const

/** Bare clone of the remote: its configuration is the worker's own. */
export function inMirror(git: Git, place: Place): Git {
  return (args, call) => git([`--git-dir=${place.mirror}`, ...args], call)
}

/** The command's clone. Both folders are named outright, so that a tree without `.git` is an error instead of the repository around it. */
export function inTree(git: Git, place: Place, settings: readonly string[] = []): Git {
  const where = ['-C', place.tree, `--git-dir=${place.tree}/.git`, `--work-tree=${place.tree}`, ...settings]
  return (args, call) => git([...where, ...args], call)
}

/** The commit that `name` stands for; null when there is none. */
export async function commitAt(git: Git, name: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]
  const { code, stdout } = await git(args, { answers: [1] })
  return code === 0 ? stdout.trim() : null
}

export async function treeOf(git: Git, commit: string): Promise<string> {
  const { stdout } = await git(['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`])
  return stdout.trim()
}

export async function isAncestor(git: Git, older: string, newer: string): Promise<boolean> {
  const { code } = await git(['merge-base', '--is-ancestor', older, newer], { answers: [1] })
  return code === 0
}

/** The newest commit that both have in common; null for unrelated histories. */
export async function mergeBase(git: Git, one: string, other: string): Promise<string | null> {
  const { code, stdout } = await git(['merge-base', one, other], { answers: [1] })
  return code === 0 ? stdout.trim() : null
}

/** What `index` says beside `commit`, path by path; without renames. */
export async function changesInIndex(tree: Git, commit: string): Promise<Change[]> {
  const args = [
    'diff-index',
    '--cached',
    '-r',
    '-z',
    '--raw',
    '--no-abbrev',
    '--no-renames',
    '--ignore-submodules=none',
  ]
  const { stdout } = await tree([...args, commit, '--'], { bytes: true })
  return parseRaw(stdout)
}

/** Reads `:<mode> <mode> <blob> <blob> <status> NUL <path> NUL`, repeated. */
export function parseRaw(text: string): Change[] {
  const fields = split(text)
  const changes: Change[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', mode = '', oldBlob = '', blob = '', status = ''] = (fields[at] ?? '').slice(1).split(' ')
    changes.push({ path: fields[at + 1] ?? '', oldMode, mode, oldBlob, blob, status })
  }
  return changes
}

/** The parts of a list that ends each of them with NUL. */
export function split(text: string): string[] {
  return text.split('\0').filter(Boolean)
}

/** The inverse of `split`. */
export function join(parts: readonly string[]): string {
  return parts.map((part) => `${part}\0`).join('')
}

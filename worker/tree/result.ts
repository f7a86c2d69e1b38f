/** The commit that a run comes to: the command's own commits, what it left uncommitted, and nothing it did not mean. */
import { AppError } from '#lib/errors'
import { type Git, WORKER_EMAIL } from '../git.ts'
import type { Work } from '../protocol.ts'
import { commitMessage, LEASE_TRAILER, leaseMark, trailersOf } from '../words.ts'
import { commitAt, isAncestor, mergeBase, split, treeOf } from './gits.ts'
import { asTreeTrouble, regainTree } from './integrity.ts'
import { type Gits, type Scope, type Snapshot, takeSnapshot } from './snapshot.ts'
import { listed } from './wording.ts'

/** Where the result stands, in the tree and then in the mirror, until it is pushed. */
export const RESULT = 'refs/coxswain/result'

export interface Collected {
  /** What was left out, one sentence each. */
  readonly notes: readonly string[]
}

/**
 * Leaves the result at `RESULT` of the command's clone. Throws AppError `invalid` with a sentence for what is unfit to be
 * pushed. Processes of the command are ended first.
 */
export async function collectResult(gits: Gits, work: Work, scope: Scope): Promise<Collected> {
  const { tree } = gits
  return asTreeTrouble(scope.place, async () => {
    await regainTree(tree, scope.place, scope.start)
    const first = await takeSnapshot(gits, scope)
    const elsewhere = (await isNothing(tree, scope, first)) ? await otherBranch(tree, scope) : null
    if (elsewhere !== null) await tree(['checkout', '--quiet', '--force', '--detach', elsewhere, '--'])
    const snapshot = elsewhere === null ? first : await takeSnapshot(gits, scope)
    const result = await commitSnapshot(tree, work, { scope, snapshot })
    await tree(['update-ref', '--no-deref', RESULT, result])
    return { notes: snapshot.notes }
  })
}

/** True when neither the files nor the commits at HEAD are any news. */
async function isNothing(tree: Git, { start, trunk }: Scope, snapshot: Snapshot): Promise<boolean> {
  const known = [await treeOf(tree, start), await treeOf(tree, trunk)]
  const head = await commitAt(tree, 'HEAD')
  return known.includes(snapshot.tree) && head !== null && !(await hasNews(tree, start, head))
}

async function hasNews(tree: Git, start: string, commit: string): Promise<boolean> {
  const args = ['rev-list', '--max-count=1', commit, '--not', start, '--remotes=origin', '--']
  return (await tree(args)).stdout.trim() !== ''
}

/** The one local branch with commits of the command; null when there is none. */
async function otherBranch(tree: Git, { start }: Scope): Promise<string | null> {
  const format = '--format=%(objectname)%00%(refname:short)'
  const { stdout } = await tree(['for-each-ref', format, 'refs/heads'], { bytes: true })
  const found = new Map<string, string>()
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [commit = '', name = ''] = line.split('\0')
    if (await hasNews(tree, start, commit)) found.set(commit, name)
  }
  if (found.size <= 1) return [...found.keys()][0] ?? null
  const what = `The command left commits on several branches (${listed([...found.values()])}) and none at HEAD`
  throw new AppError('invalid', `${what}; which is meant cannot be told. Nothing was pushed.`)
}

interface Ready {
  readonly scope: Scope
  readonly snapshot: Snapshot
}

async function commitSnapshot(tree: Git, work: Work, { scope, snapshot }: Ready): Promise<string> {
  const { start } = scope
  const head = await commitAt(tree, 'HEAD')
  if (head === null) throw rewritten()
  const merging = (await commitAt(tree, 'MERGE_HEAD')) !== null
  if (snapshot.tree !== (await treeOf(tree, head)) || merging) {
    await tree(['commit', '--quiet', '--no-verify', '--allow-empty', '--file=-'], { input: commitMessage(work) })
  } else if (await hasNews(tree, start, head)) {
    await signOff(tree, work)
  }
  const result = (await commitAt(tree, 'HEAD')) ?? head
  const held = await everHeld(tree, { scope, snapshot }, result)
  return held ? rebuilt(tree, work, { scope, snapshot, result }) : result
}

/** Names the lease in the command's own newest commit, so that a restarted worker knows its push again. */
async function signOff(tree: Git, work: Work): Promise<void> {
  const { stdout } = await tree(['log', '-1', `--format=%(trailers:key=${LEASE_TRAILER},valueonly)`, 'HEAD', '--'])
  if (stdout.trim() === leaseMark(work)) return
  const trailers = trailersOf(work).map((line) => `--trailer=${line}`)
  const keep = ['--no-edit', '--allow-empty', '--allow-empty-message', '--cleanup=verbatim']
  await tree(['commit', '--quiet', '--amend', '--no-verify', ...keep, ...trailers])
}

/** True when a commit of the run added what is left out, though it may be gone again. */
async function everHeld(tree: Git, { scope, snapshot }: Ready, result: string): Promise<boolean> {
  const { start, trunk, leftOut } = scope
  const range = [result, '--not', start, trunk, '--remotes=origin', '--']
  const args = ['log', '-m', '--diff-filter=A', '--no-renames', '--name-only', '-z', '--format=', ...range]
  const names = new Set(split((await tree(args, { bytes: true })).stdout.replaceAll('\n', '\0')))
  const held = [...(await leftOut.among([...names])), ...snapshot.unwanted.filter((path) => names.has(path))]
  if (held.length === 0) return false
  const { stdout } = await tree(['ls-tree', '-r', '-z', '--name-only', start], { bytes: true })
  const own = new Set(split(stdout))
  return held.some((path) => !own.has(path))
}

/** One commit in the place of the command's own, because a file that one of those holds would be pushed with it. */
async function rebuilt(tree: Git, work: Work, built: Ready & { result: string }): Promise<string> {
  const { scope, snapshot, result } = built
  const { start, trunk } = scope
  const parents = (await isAncestor(tree, start, result)) ? [start] : [await mergeBase(tree, trunk, result)]
  if (parents[0] === start && (await isAncestor(tree, trunk, result)) && !(await isAncestor(tree, trunk, start))) {
    parents.push(trunk)
  }
  const args = parents.flatMap((parent) => (parent === null ? [] : ['-p', parent]))
  const { stdout } = await tree(['commit-tree', snapshot.tree, ...args, '-F', '-'], { input: commitMessage(work) })
  return stdout.trim()
}

/**
 * Throws AppError `invalid` when pushing `result` would lose what others committed. Our own branch may be rewritten as
 * long as every commit on it was made by a worker and the base's history is left as it was. True when it is rewritten.
 */
export async function judgeHistory(
  mirror: Git,
  { start, trunk, head }: { start: string; trunk: string; head: string | null },
  result: string,
): Promise<boolean> {
  if (await isAncestor(mirror, start, result)) return false
  if (head === null || head !== start) throw rewritten()
  const fork = await mergeBase(mirror, trunk, start)
  if (fork === null || !(await isAncestor(mirror, fork, result))) throw rewritten()
  const { stdout } = await mirror(['log', '--format=%ce', `${trunk}..${start}`, '--'])
  const strangers = stdout.split('\n').filter((email) => email !== '' && email !== WORKER_EMAIL)
  if (strangers.length > 0) throw rewritten("The branch holds commits that are not a worker's.")
  return true
}

function rewritten(why = ''): AppError {
  const what = 'The command rewrote the history of the branch; such work cannot be pushed.'
  return new AppError('invalid', why === '' ? what : `${what} ${why}`)
}

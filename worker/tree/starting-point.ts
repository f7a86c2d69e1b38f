/** Where a job begins: the base, the branch it works on, and the commit it starts from. */
import { AppError } from '#lib/errors'
import type { Git } from '../git.ts'
import { branchOf } from '../names.ts'
import type { Fate, RemoteFacts } from '../remote/facts.ts'
import { commitAt, isAncestor, treeOf } from './gits.ts'

/** Branches of one issue; each but the last has a pull request that is merged or closed. */
const MOST_BRANCHES = 50

export interface StartingPoint {
  /** The branch that the pull request goes into. */
  readonly base: string
  /** Commit of the base. */
  readonly trunk: string
  /** The branch that is pushed; never one whose pull request is merged or closed. */
  readonly branch: string
  /** The commit the command starts from: an earlier attempt's branch where there is one, else the base. */
  readonly start: string
  /** Commit of the branch on the remote; null when it is not there yet. */
  readonly head: string | null
}

export interface Asked {
  /** As the remote calls it now. */
  readonly repository: string
  readonly number: number
}

/** Throws AppError `invalid` when the repository has no commit, or no branch to start from. */
export async function startingPoint(mirror: Git, remote: RemoteFacts | null, asked: Asked): Promise<StartingPoint> {
  const base = await baseOf(mirror, remote, asked.repository)
  const trunk = await commitAt(mirror, `refs/heads/${base}`)
  if (trunk === null) throw new AppError('invalid', 'The repository has no commit to start from.')
  for (let series = 1; series <= MOST_BRANCHES; series += 1) {
    const branch = branchOf(asked.number, series)
    const head = await commitAt(mirror, `refs/heads/${branch}`)
    const fate = remote === null ? null : await remote.fateOf(asked.repository, branch)
    const next = judgeBranch(fate, head === null ? null : await relation(mirror, trunk, head))
    if (next !== 'left_behind') return { base, trunk, branch, head, start: next === 'continue' && head ? head : trunk }
  }
  throw new AppError('invalid', `The issue has ${MOST_BRANCHES} branches already, all of them merged or closed.`)
}

/** How a branch stands to the base: an ancestor of it, without any change left to merge, or with some. */
export type Relation = 'ancestor' | 'contained' | 'ahead'

/**
 * What to do with a branch of the issue. One whose pull request is merged or closed is never pushed to again; an open pull
 * request is continued, whatever its branch holds; without one, a branch is continued while it has something to merge.
 */
export function judgeBranch(fate: Fate | null, relation: Relation | null): 'continue' | 'begin' | 'left_behind' {
  if (fate === 'merged' || fate === 'closed') return 'left_behind'
  if (relation === null || (relation === 'ancestor' && fate === null)) return 'begin'
  return relation === 'contained' && fate === null ? 'left_behind' : 'continue'
}

async function relation(mirror: Git, trunk: string, head: string): Promise<Relation> {
  if (await isAncestor(mirror, head, trunk)) return 'ancestor'
  return (await isAhead(mirror, trunk, head)) ? 'ahead' : 'contained'
}

/** True when merging `head` into `trunk` would change files there, or conflict; so a squash-merged branch is not ahead. */
export async function isAhead(mirror: Git, trunk: string, head: string): Promise<boolean> {
  const before = await treeOf(mirror, trunk)
  if (before === (await treeOf(mirror, head))) return false
  const args = ['merge-tree', '--write-tree', '--allow-unrelated-histories', trunk, head]
  const { code, stdout } = await mirror(args, { answers: [1] })
  return code === 1 || stdout.split('\n')[0] !== before
}

/** The remote's HEAD; where that names no branch of the repository, what GitHub calls the default branch. */
async function baseOf(mirror: Git, remote: RemoteFacts | null, repository: string): Promise<string> {
  const { code, stdout } = await mirror(['symbolic-ref', '--quiet', '--short', 'HEAD'], { answers: [1] })
  const named = code === 0 ? stdout.trim() : ''
  if (named !== '' && (await commitAt(mirror, `refs/heads/${named}`)) !== null) return named
  const { stdout: any } = await mirror(['for-each-ref', '--count=1', '--format=%(refname)', 'refs/heads'])
  if (any.trim() === '') throw new AppError('invalid', 'The repository has no commit to start from.')
  const fallback = remote === null ? null : (await remote.locate(repository)).default_branch
  if (fallback !== null && (await commitAt(mirror, `refs/heads/${fallback}`)) !== null) return fallback
  throw new AppError(
    'invalid',
    `The default branch "${fallback ?? named}" is not in the repository; choose one that is there in its settings.`,
  )
}

/** Merges a pull request into its base branch, by a merge commit or squashed into one. */
import { refuse } from '../http/answers.ts'
import type { PullRequest } from '../state/model.ts'
import type { World } from '../world.ts'
import type { Doing } from './doing.ts'

const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\s+#(\d{1,9})\b/gi

const notMergeable = () => refuse(405, 'Pull Request is not mergeable')

export interface MergeInput {
  readonly commit_title?: string | undefined
  readonly commit_message?: string | undefined
  /** The head that is meant; another one is not merged. */
  readonly sha?: string | undefined
  readonly merge_method: 'merge' | 'squash' | 'rebase'
}

/** Returns the commit that the base branch is at afterwards. */
export async function mergePull(doing: Doing, issue: PullRequest, input: MergeInput): Promise<string> {
  const { world, repository, user } = doing
  const { pull, number, title } = issue
  if (issue.state === 'closed' || pull.draft) throw notMergeable()
  if (input.merge_method === 'rebase') throw refuse(405, 'Rebase merges are not allowed on this repository.')
  if (input.sha !== undefined && input.sha !== pull.head_sha) {
    throw refuse(409, 'Head branch was modified. Review and try the merge again.')
  }
  const squash = input.merge_method === 'squash'
  const { owner, id } = repository
  const headline = squash ? `${title} (#${number})` : `Merge pull request #${number} from ${owner}/${pull.head}`
  const message = [input.commit_title ?? headline, input.commit_message ?? title].join('\n\n')
  const at = world.clock.now()
  const author = user.login
  const commit = await world.git.merge(id, { base: pull.base, head: pull.head_sha, message, author, at, squash })
  if (commit === undefined) throw notMergeable()
  noteMerge(world, issue, { commit, at, by: author })
  world.store.pushed(repository)
  return commit
}

function noteMerge(world: World, issue: PullRequest, merge: { commit: string; at: number; by: string }): void {
  const current = world.store.issue(issue.repository, issue.number) ?? issue
  const pull = { ...issue.pull, merge }
  world.store.changeIssue(current, { state: 'closed', closed_by: merge.by, pull }, 'pull', merge.by)
  for (const [, digits] of (issue.body ?? '').matchAll(CLOSING))
    closeIssue(world, issue.repository, Number(digits), merge.by)
}

/** Merging into the default branch closes the issues that the pull request says it does. */
function closeIssue({ store }: World, repository: number, number: number, closed_by: string): void {
  const issue = store.issue(repository, number)
  if (issue?.state === 'open') store.changeIssue(issue, { state: 'closed', closed_by }, null, closed_by)
}

/** Merges a pull request into its base branch, by a merge commit or squashed into one. */
import { refuse } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { PullRequest } from '../state/model.ts'
import { type Call, requirePull, type World } from '../world.ts'
import { merging } from './schemas.ts'

const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\s+#(\d{1,9})\b/gi

const notMergeable = () => refuse(405, 'Pull Request is not mergeable')

/** Returns the commit that the base branch is at afterwards. */
export async function mergePull(c: Call, world: World): Promise<string> {
  const request = await readBody(c, merging)
  const issue = requirePull(c, world)
  const { pull, number, title } = issue
  if (issue.state === 'closed' || pull.draft) throw notMergeable()
  if (request.merge_method === 'rebase') throw refuse(405, 'Rebase merges are not allowed on this repository.')
  if (request.sha !== undefined && request.sha !== pull.head_sha) {
    throw refuse(409, 'Head branch was modified. Review and try the merge again.')
  }
  const squash = request.merge_method === 'squash'
  const { owner, id } = c.var.repository
  const headline = squash ? `${title} (#${number})` : `Merge pull request #${number} from ${owner}/${pull.head}`
  const message = [request.commit_title ?? headline, request.commit_message ?? title].join('\n\n')
  const at = world.clock.now()
  const author = c.var.user.login
  const commit = await world.git.merge(id, { base: pull.base, head: pull.head_sha, message, author, at, squash })
  if (commit === undefined) throw notMergeable()
  noteMerge(world, issue, { commit, at, by: author })
  world.store.pushed(c.var.repository)
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

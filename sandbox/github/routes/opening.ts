/** Opens a pull request, refusing what GitHub refuses: unknown branches, nothing to merge, a second one for a branch. */
import { checkTexts } from '../actions/texts.ts'
import { type FieldProblem, invalid } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { PullRequest } from '../state/model.ts'
import { type Call, isPull, type World } from '../world.ts'
import { newPull } from './schemas.ts'

export async function openPull(c: Call, world: World): Promise<PullRequest> {
  const { git, store } = world
  const { id, owner } = c.var.repository
  const { title, body = null, head, base, draft } = await readBody(c, newPull)
  if (title === undefined) throw problem({ field: 'title', code: 'missing_field' })
  if (head === undefined) throw problem({ field: 'head', code: 'missing_field' })
  if (base === undefined) throw problem({ field: 'base', code: 'missing_field' })
  checkTexts('PullRequest', { title, body })

  const branch = ownBranch(head, owner)
  const branches = await git.branches(id)
  const headSha = branches.get(branch)
  const baseSha = branches.get(base)
  if (headSha === undefined) throw problem({ field: 'head', code: 'invalid' })
  if (baseSha === undefined) throw problem({ field: 'base', code: 'invalid' })
  const { commits } = await git.compare(id, baseSha, headSha)
  if (commits === 0) throw problem({ code: 'custom', message: `No commits between ${base} and ${branch}` })

  // From here on nothing waits, so that two calls at once cannot both find the place free.
  const standing = store
    .issues(id)
    .filter(isPull)
    .find((other) => isSame(other, branch, base))
  if (standing) throw problem({ code: 'custom', message: `A pull request already exists for ${owner}:${branch}.` })
  const pull = { head: branch, head_sha: headSha, base, base_sha: baseSha, draft, merge: null }
  const issue = store.createIssue(id, { title, body, labels: [], author: c.var.user, pull })
  return { ...issue, pull }
}

function isSame(other: PullRequest, head: string, base: string): boolean {
  return other.state === 'open' && other.pull.head === head && other.pull.base === base
}

/** `owner:branch` and `branch` mean the same within one repository; another owner's branch is not here. */
function ownBranch(head: string, owner: string): string {
  const colon = head.indexOf(':')
  if (colon < 0) return head
  if (head.slice(0, colon).toLowerCase() !== owner.toLowerCase()) throw problem({ field: 'head', code: 'invalid' })
  return head.slice(colon + 1)
}

const problem = (fault: Omit<FieldProblem, 'resource'>) => invalid({ resource: 'PullRequest', ...fault })

/** Where a job lives on disk and on GitHub: names made of the repository and the issue's number, never of its title. */
import { join } from 'node:path'
import { AppError } from '#lib/errors'

/** GitHub's rule for accounts: letters, digits and inner hyphens, at most 39. */
const OWNER = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/

/** GitHub's rule for repositories: at most 100 of these. */
const REPOSITORY = /^[A-Za-z0-9._-]{1,100}$/

/** Names that are paths of their own, or that Git would take for something else. */
const RESERVED = /^\.{1,2}$|\.git$/i

/** The folders and files of one job. */
export interface Place {
  readonly folder: string
  /** Bare clone of the remote; only the worker's own Git calls touch it. */
  readonly mirror: string
  /** Bare clones of submodules. */
  readonly modules: string
  /** The work tree that the command edits. */
  readonly tree: string
  /** What the command is told about its job, and may answer; outside its tree. */
  readonly job: string
  /** Home of the command's user, where that has none. */
  readonly home: string
  readonly issueFile: string
  readonly usageFile: string
  /** What reviewers ask for, as plain text; only there when the job is a rework. */
  readonly feedbackFile: string
}

/** True for `owner/repo` as GitHub allows it, and safe as two path segments. */
export function isRepository(name: string): boolean {
  const [owner = '', repository = '', ...rest] = name.split('/')
  return rest.length === 0 && OWNER.test(owner) && REPOSITORY.test(repository) && !RESERVED.test(repository)
}

/** Splits `owner/repo`. Throws AppError `invalid` for anything else. */
export function splitRepository(name: string): { owner: string; repo: string } {
  const [owner, repo] = name.split('/')
  if (!(isRepository(name) && owner && repo))
    throw new AppError('invalid', 'The repository is not of the form owner/repo.')
  return { owner, repo }
}

/**
 * The branch of an issue. `series` is 1 for the first branch; the next one is taken once the pull request of the one before
 * is merged or closed: `ai-feature/issue-7`, `ai-feature/issue-7-2`, …
 */
export function branchOf(issue: number, series = 1): string {
  if (!Number.isSafeInteger(issue) || issue < 1) throw new AppError('invalid', 'An issue number is a positive integer.')
  return series === 1 ? `ai-feature/issue-${issue}` : `ai-feature/issue-${issue}-${series}`
}

/** The place of a job under the absolute folder `workspace`. */
export function placeOf(workspace: string, repository: string, issue: number): Place {
  const { owner, repo } = splitRepository(repository)
  branchOf(issue)
  const folder = join(workspace, owner, repo, `issue-${issue}`)
  const job = join(folder, 'job')
  return {
    folder,
    mirror: join(folder, 'origin.git'),
    modules: join(folder, 'modules'),
    tree: join(folder, 'tree'),
    job,
    home: join(job, 'home'),
    issueFile: join(job, 'issue.json'),
    usageFile: join(job, 'usage.json'),
    feedbackFile: join(job, 'feedback.txt'),
  }
}

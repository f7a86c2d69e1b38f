/** Opens and changes issues and pull requests, refusing what GitHub refuses. */
import { invalid } from '../http/answers.ts'
import type { IssueChanges } from '../state/issues.ts'
import type { IssueRecord, PullRequest, StateReason } from '../state/model.ts'
import type { Doing } from './doing.ts'
import { checkTexts } from './texts.ts'

export interface IssueInput {
  readonly title?: string | undefined
  readonly body?: string | null | undefined
  readonly labels?: readonly string[] | undefined
}

export interface IssueChange extends IssueInput {
  readonly state?: IssueRecord['state'] | undefined
  readonly state_reason?: StateReason | null | undefined
}

export function openIssue({ world, repository, user }: Doing, input: IssueInput): IssueRecord {
  const { title, body = null, labels = [] } = input
  if (title === undefined) throw invalid({ resource: 'Issue', field: 'title', code: 'missing_field' })
  checkTexts('Issue', { title, body, labels })
  return world.store.createIssue(repository.id, { title, body, labels, author: user })
}

export function changeIssue({ world, user }: Doing, issue: IssueRecord, change: IssueChange): IssueRecord {
  checkTexts('Issue', change)
  return world.store.changeIssue(issue, changesOf(change, user.login), 'issue', user.login)
}

/** A merged pull request stays closed. */
export function changePull({ world, user }: Doing, pull: PullRequest, change: IssueChange): IssueRecord {
  checkTexts('PullRequest', change)
  if (change.state === 'open' && pull.pull.merge !== null) {
    throw invalid({
      resource: 'PullRequest',
      field: 'state',
      code: 'invalid',
      message: 'state cannot be changed. The pull request is merged.',
    })
  }
  return world.store.changeIssue(pull, changesOf(change, user.login), 'pull', user.login)
}

/** Names that the repository does not know yet are made. */
export function setLabels({ world, user }: Doing, issue: IssueRecord, labels: readonly string[]): IssueRecord {
  checkTexts('Issue', { labels })
  return world.store.changeIssue(issue, { labels }, 'labels', user.login)
}

function changesOf({ title, body, labels, state, state_reason }: IssueChange, by: string): IssueChanges {
  return {
    ...(title !== undefined && { title }),
    ...(body !== undefined && { body }),
    ...(labels !== undefined && { labels }),
    ...(state !== undefined && { state, state_reason: state_reason ?? null }),
    ...(state === 'closed' && { closed_by: by }),
  }
}

/** Comments on issues, and reviews of pull requests. Unlike on GitHub, an author may judge his own work. */
import { invalid, refuse } from '../http/answers.ts'
import type { ReviewDraft } from '../state/conversation.ts'
import type { CommentRecord, IssueRecord, Permission, PullRequest, ReviewRecord, ReviewState } from '../state/model.ts'
import type { Doing } from './doing.ts'
import { bodyLimit, characters, checkTexts } from './texts.ts'

const WRITERS: readonly Permission[] = ['write', 'maintain', 'admin']

export function addComment({ world, user }: Doing, issue: IssueRecord, body: string): CommentRecord {
  if (body.trim() === '') throw unprocessable('Body cannot be blank')
  if (characters(body) > bodyLimit) throw unprocessable(`Body is too long (maximum is ${bodyLimit} characters)`)
  if (issue.locked && !WRITERS.includes(world.store.permission(issue.repository, user.login))) throw locked()
  return world.store.addComment(issue, user, body)
}

/** What an event makes of the review; without one it stays a draft. */
const STATE_AFTER = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
} as const satisfies Record<string, ReviewState>

export interface ReviewInput extends Pick<ReviewDraft, 'body' | 'remarks'> {
  readonly event?: keyof typeof STATE_AFTER | undefined
  /** The head of the pull request when undefined. */
  readonly commit?: string | undefined
}

export function addReview({ world, user }: Doing, pull: PullRequest, input: ReviewInput): ReviewRecord {
  const { body, event, commit = pull.pull.head_sha, remarks } = input
  checkTexts('PullRequestReview', { body })
  if (event !== undefined && event !== 'APPROVE' && body.trim() === '') {
    throw refuse(422, 'Unprocessable Entity', { errors: ['Review body can not be blank'] })
  }
  const state = event === undefined ? 'PENDING' : STATE_AFTER[event]
  return world.store.addReview(pull, { state, body, commit, author: user, remarks })
}

const locked = () =>
  refuse(403, 'Unable to create comment because issue is locked.', {
    documentation: 'https://docs.github.com/articles/locking-conversations/',
  })

const unprocessable = (message: string) =>
  invalid({ resource: 'IssueComment', code: 'unprocessable', field: 'data', message })

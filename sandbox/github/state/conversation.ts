/** What people say about an issue: comments, and reviews of a pull request. */
import { type Ledger, putIssue } from './ledger.ts'
import type { Actor, CommentRecord, IssueRecord, ReviewRecord } from './model.ts'

export type ReviewDraft = Pick<ReviewRecord, 'state' | 'body' | 'commit' | 'author'>

export interface ConversationStore {
  comments(issue: IssueRecord): readonly CommentRecord[]
  addComment(issue: IssueRecord, author: Actor, body: string): CommentRecord
  reviews(issue: IssueRecord): readonly ReviewRecord[]
  addReview(issue: IssueRecord, draft: ReviewDraft): ReviewRecord
}

const isOf = (issue: IssueRecord) => (row: { repository: number; number: number }) =>
  row.repository === issue.repository && row.number === issue.number

export function createConversation({ database, now, written, listener }: Ledger): ConversationStore {
  return {
    comments: (issue) => [...database.all('comments')].filter(isOf(issue)),
    addComment(issue, author, body) {
      const { repository, number } = issue
      const id = database.nextId()
      const comment = { id, repository, number, body, author, created_at: now(), updated_at: now() }
      const changed = { ...issue, comments: issue.comments + 1, updated_at: now() }
      database.commit([{ t: 'comments', k: String(id), v: comment }, putIssue(changed), written(changed, 'comment')])
      return comment
    },
    reviews: (issue) => [...database.all('reviews')].filter(isOf(issue)),
    addReview(issue, draft) {
      const { repository, number } = issue
      const id = database.nextId()
      const review = { ...draft, id, repository, number, submitted_at: now() }
      const changed = { ...issue, updated_at: now() }
      database.commit([{ t: 'reviews', k: String(id), v: review }, putIssue(changed), written(changed, 'review')])
      listener?.review(changed, review)
      return review
    },
  }
}

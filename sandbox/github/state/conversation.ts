/** What people say about an issue: comments, and reviews of a pull request. */
import { type Ledger, putIssue } from './ledger.ts'
import type { Actor, CommentRecord, IssueRecord, RemarkRecord, ReviewRecord } from './model.ts'

export interface ReviewDraft extends Pick<ReviewRecord, 'state' | 'body' | 'commit' | 'author'> {
  readonly remarks: readonly Pick<RemarkRecord, 'path' | 'line' | 'body'>[]
}

export interface ConversationStore {
  comments(issue: IssueRecord): readonly CommentRecord[]
  addComment(issue: IssueRecord, author: Actor, body: string): CommentRecord
  reviews(issue: IssueRecord): readonly ReviewRecord[]
  addReview(issue: IssueRecord, draft: ReviewDraft): ReviewRecord
  remarks(issue: IssueRecord): readonly RemarkRecord[]
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
    addReview(issue, { remarks, ...draft }) {
      const { repository, number } = issue
      const id = database.nextId()
      const review = { ...draft, id, repository, number, submitted_at: now() }
      const said = remarks.map((remark) => {
        const { author, commit } = draft
        const rest = { repository, number, review: id, author, commit, created_at: now() }
        return { ...remark, ...rest, id: database.nextId() }
      })
      const changed = { ...issue, updated_at: now() }
      database.commit([
        { t: 'reviews', k: String(id), v: review },
        ...said.map((v) => ({ t: 'remarks', k: String(v.id), v }) as const),
        putIssue(changed),
        written(changed, 'review'),
      ])
      listener?.review(changed, review)
      return review
    },
    remarks: (issue) => [...database.all('remarks')].filter(isOf(issue)),
  }
}

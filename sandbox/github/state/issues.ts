/** Issues and pull requests: one sequence of numbers, one table. */
import type { Instant } from '#lib/clock'
import { eventRows, happenings } from './history.ts'
import { spellLabels } from './labels.ts'
import { issueKey, type Ledger, putIssue, putRepository } from './ledger.ts'
import type { Actor, IssueRecord, PullRecord, RepositoryRecord, WriteKind, WriteRecord } from './model.ts'

export interface IssueDraft {
  readonly title: string
  readonly body: string | null
  readonly labels: readonly string[]
  readonly author: Actor
  readonly pull?: PullRecord
  readonly created_at?: Instant
}

export type IssueChanges = Partial<
  Pick<
    IssueRecord,
    'title' | 'body' | 'state' | 'state_reason' | 'labels' | 'closed_by' | 'deleted' | 'pull' | 'locked'
  >
>

export interface IssueStore {
  /** All but the deleted ones. */
  issues(repository: number): readonly IssueRecord[]
  issue(repository: number, number: number): IssueRecord | undefined
  createIssue(repository: number, draft: IssueDraft): IssueRecord
  /** `kind` null: a change nobody asked for by a content write, e.g. a push that moved a branch. `by`: who asked. */
  changeIssue(issue: IssueRecord, changes: IssueChanges, kind: WriteKind | null, by?: string): IssueRecord
  /** Content writes in the order they were made. */
  writes(): readonly WriteRecord[]
}

/** Whom GitHub shows for an account that is no more. */
const NOBODY = 'ghost'

export function createIssues(ledger: Ledger): IssueStore {
  const { database, now, written } = ledger
  return {
    issues: (repository) => [...database.all('issues')].filter((row) => row.repository === repository && !row.deleted),
    issue: (repository, number) => database.get('issues', issueKey(repository, number)),
    createIssue(repositoryId, draft) {
      const repository = database.get('repositories', String(repositoryId))
      if (repository === undefined) throw new RangeError(`no repository has the id ${repositoryId}`)
      const number = repository.last_number + 1
      const labels = spellLabels(ledger, repositoryId, draft.labels)
      const birth = { id: database.nextId(), repository, number, at: now() }
      const issue = newIssue({ ...draft, labels: labels.names }, birth)
      const puts = [...labels.puts, putRepository({ ...repository, last_number: number }), putIssue(issue)]
      const by = draft.author.login
      const events = eventRows(ledger, issue, by, happenings(undefined, issue))
      database.commit([...puts, ...events, written(issue, draft.pull ? 'pull' : 'issue')])
      ledger.listener?.issue(undefined, issue, by)
      return issue
    },
    changeIssue(issue, changes, kind, by = NOBODY) {
      const labels = spellLabels(ledger, issue.repository, changes.labels ?? issue.labels)
      const isEdit = changes.body !== undefined && changes.body !== issue.body
      const edit = isEdit ? { edited: { at: now(), by } } : {}
      const changed = { ...changedIssue(issue, { ...changes, labels: labels.names }, now()), ...edit }
      const events = eventRows(ledger, changed, by, happenings(issue, changed))
      database.commit([
        ...labels.puts,
        putIssue(changed),
        ...events,
        ...(kind === null ? [] : [written(changed, kind)]),
      ])
      ledger.listener?.issue(issue, changed, by)
      return changed
    },
    writes: () => [...database.all('writes')],
  }
}

interface Birth {
  readonly id: number
  readonly repository: RepositoryRecord
  readonly number: number
  readonly at: Instant
}

function newIssue(draft: IssueDraft, birth: Birth): IssueRecord {
  const at = draft.created_at ?? birth.at
  return {
    id: birth.id,
    repository: birth.repository.id,
    number: birth.number,
    title: draft.title,
    body: draft.body,
    state: 'open',
    state_reason: null,
    labels: draft.labels,
    author: draft.author,
    comments: 0,
    created_at: at,
    updated_at: at,
    closed_at: null,
    closed_by: null,
    deleted: false,
    pull: draft.pull ?? null,
  }
}

/** The issue after the changes; closing and opening leave their traces, and time of change never runs backwards. */
function changedIssue(issue: IssueRecord, changes: IssueChanges, at: Instant): IssueRecord {
  const changed = { ...issue, ...changes, updated_at: Math.max(at, issue.updated_at) }
  if (changed.state === issue.state) return changed
  if (changed.state === 'closed')
    return { ...changed, closed_at: at, state_reason: changes.state_reason ?? 'completed' }
  return { ...changed, closed_at: null, closed_by: null, state_reason: 'reopened' }
}

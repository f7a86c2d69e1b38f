/** What every part of the store writes with: the database, GitHub's time, keys, and the record of content writes. */
import type { Clock, Instant } from '#lib/clock'
import { seconds } from '#lib/clock'
import type { IssueRecord, LabelRecord, RepositoryRecord, ReviewRecord, WriteKind } from './model.ts'
import type { Database, Put } from './tables.ts'

/** Hears of changes once they are written. */
export interface Listener {
  /** `before` undefined for a new issue. */
  issue(before: IssueRecord | undefined, after: IssueRecord, by: string): void
  review(issue: IssueRecord, review: ReviewRecord): void
}

export interface Ledger {
  readonly listener: Listener | undefined
  readonly database: Database
  /** GitHub tells times in whole seconds. */
  now(): Instant
  /** The row that remembers a content write to the issue as it now is. */
  written(issue: IssueRecord, kind: WriteKind): Put
}

export const repositoryKey = (owner: string, name: string): string => `${owner}/${name}`.toLowerCase()
export const issueKey = (repository: number, number: number): string => `${repository}#${number}`
export const labelKey = (repository: number, name: string): string => `${repository}/${name.toLowerCase()}`

export const putRepository = (v: RepositoryRecord): Put => ({ t: 'repositories', k: String(v.id), v })
export const putIssue = (v: IssueRecord): Put => ({ t: 'issues', k: issueKey(v.repository, v.number), v })
export const putLabel = (v: LabelRecord): Put => ({ t: 'labels', k: labelKey(v.repository, v.name), v })

export function createLedger(database: Database, clock: Clock, listener?: Listener): Ledger {
  return {
    database,
    listener,
    now: () => Math.floor(clock.now() / seconds(1)) * seconds(1),
    written(issue, kind) {
      const id = database.nextId()
      const { repository, number, labels } = issue
      return { t: 'writes', k: String(id), v: { id, repository, number, kind, at: clock.now(), labels } }
    },
  }
}

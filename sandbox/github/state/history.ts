/** What became of an issue and by whom, and what people may do in a repository. */
import type { Ledger } from './ledger.ts'
import type { EventRecord, IssueRecord, Permission } from './model.ts'
import type { Put } from './tables.ts'

export interface HistoryStore {
  /** Oldest first. */
  events(issue: IssueRecord): readonly EventRecord[]
  /** What was set, else what his tie to the repository says; whoever is not known otherwise is a member. */
  permission(repository: number, login: string): Permission
  setPermission(repository: number, login: string, permission: Permission): void
}

/** One thing that happened to an issue. */
export type Happening = Pick<EventRecord, 'event' | 'label' | 'rename'>

const permissionKey = (repository: number, login: string): string => `${repository}/${login.toLowerCase()}`

export function createHistory({ database }: Ledger): HistoryStore {
  return {
    events: ({ repository, number }) =>
      [...database.all('events')].filter((row) => row.repository === repository && row.number === number),
    permission(repository, login) {
      const set = database.get('permissions', permissionKey(repository, login))
      if (set !== undefined) return set.permission
      const issues = [...database.all('issues')].filter((row) => row.repository === repository)
      const tie = issues.find(({ author }) => author.login.toLowerCase() === login.toLowerCase())?.author.association
      if (tie === 'OWNER') return 'admin'
      return tie === 'NONE' || tie === 'CONTRIBUTOR' ? 'read' : 'write'
    },
    setPermission(repository, login, permission) {
      const record = { repository, login, permission }
      database.commit([{ t: 'permissions', k: permissionKey(repository, login), v: record }])
    },
  }
}

/** What a change is made of; `before` undefined for a new issue. */
export function happenings(before: IssueRecord | undefined, after: IssueRecord): readonly Happening[] {
  const [old, now] = [before?.labels ?? [], after.labels]
  const state =
    before === undefined || before.state === after.state ? [] : [after.state === 'open' ? 'reopened' : 'closed']
  return [
    ...(before !== undefined && before.title !== after.title
      ? [{ event: 'renamed', rename: { from: before.title, to: after.title } } as const]
      : []),
    ...old.filter((label) => !now.includes(label)).map((label) => ({ event: 'unlabeled', label }) as const),
    ...now.filter((label) => !old.includes(label)).map((label) => ({ event: 'labeled', label }) as const),
    ...state.map((event) => ({ event: event as 'reopened' | 'closed' })),
  ]
}

/** The rows that remember what happened. */
export function eventRows({ database, now }: Ledger, issue: IssueRecord, by: string, all: readonly Happening[]): Put[] {
  const { repository, number } = issue
  return all.map((happening) => {
    const id = database.nextId()
    return { t: 'events', k: String(id), v: { ...happening, id, repository, number, actor: by, at: now() } }
  })
}

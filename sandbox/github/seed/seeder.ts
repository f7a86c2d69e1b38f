/** Puts repositories and issues into the stand-in from outside GitHub's API. */
import type { Clock, Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { BareRepositories } from '../git/bare.ts'
import type { Association, IssueRecord, Permission, RepositoryRecord } from '../state/model.ts'
import type { Store } from '../state/store.ts'
import { DEMO_DESCRIPTION, DEMO_FILES, DEMO_REPOSITORY } from './demo-files.ts'
import { DEMO_ISSUES } from './demo-issues.ts'

export interface RepositorySeed {
  readonly description?: string
  /** Text by path, for the first commit on `main`. */
  readonly files?: Readonly<Record<string, string>>
}

export interface IssueSeed {
  readonly title: string
  readonly body?: string | null | undefined
  readonly labels?: readonly string[] | undefined
  /** `octocat`, a member, unless told otherwise. */
  readonly author?: string | undefined
  readonly association?: Association | undefined
  readonly created_at?: Instant | undefined
}

export interface Seeder {
  /** The repository `owner/name`, made with a first commit when it is not there yet. */
  repository(fullName: string, seed?: RepositorySeed): Promise<RepositoryRecord>
  addIssue(repository: RepositoryRecord, seed: IssueSeed): IssueRecord
  /** Adds an issue to `owner/name`, which must be there; returns its number. */
  issue(seed: IssueSeed & { readonly repository: string }): number
  /** What a person may do in `owner/name` from now on. */
  permission(fullName: string, login: string, permission: Permission): void
  /** The issue answers 410 from now on. */
  deleteIssue(fullName: string, number: number): void
  /** The old name answers 301 from now on. */
  rename(fullName: string, to: string): void
  /** The demo repository with its issues, unless it is there; returns its name. */
  demo(): Promise<string>
}

export function createSeeder(ports: { store: Store; git: BareRepositories; clock: Clock }): Seeder {
  const { store, git, clock } = ports
  /** Creations under way, so that two calls for one name make one repository. */
  const underWay = new Map<string, Promise<RepositoryRecord>>()

  const find = (fullName: string): RepositoryRecord => {
    const found = store.repository(...splitName(fullName))
    if (found === undefined) throw new AppError('not_found', `There is no repository ${fullName}.`)
    return found
  }

  const create = async (fullName: string, seed: RepositorySeed): Promise<RepositoryRecord> => {
    const [owner, name] = splitName(fullName)
    const { description = null, files = { 'README.md': `# ${name}\n` } } = seed
    const id = store.nextId()
    await git.create(id, { author: owner, at: clock.now(), message: 'Initial commit', files })
    return store.createRepository({ id, owner, name, description })
  }

  const repository = async (fullName: string, seed: RepositorySeed = {}): Promise<RepositoryRecord> => {
    const existing = store.repository(...splitName(fullName))
    if (existing !== undefined) return existing
    const key = fullName.toLowerCase()
    const creation = underWay.get(key) ?? create(fullName, seed).finally(() => underWay.delete(key))
    underWay.set(key, creation)
    return creation
  }

  const addIssue = ({ id }: RepositoryRecord, seed: IssueSeed): IssueRecord => {
    const { title, body = null, labels = [], author = 'octocat', association = 'MEMBER', created_at } = seed
    const draft = { title, body, labels, author: { login: author, association } }
    return store.createIssue(id, created_at === undefined ? draft : { ...draft, created_at })
  }

  return {
    repository,
    addIssue,
    issue: ({ repository: fullName, ...seed }) => addIssue(find(fullName), seed).number,
    permission: (fullName, login, permission) => store.setPermission(find(fullName).id, login, permission),
    deleteIssue(fullName, number) {
      const issue = store.issue(find(fullName).id, number)
      if (issue === undefined) throw new AppError('not_found', `There is no issue ${fullName}#${number}.`)
      store.changeIssue(issue, { deleted: true }, null)
    },
    rename(fullName, to) {
      if (store.repository(...splitName(to))) throw new AppError('conflict', `${to} is taken.`)
      store.rename(find(fullName), ...splitName(to))
    },
    async demo() {
      const demo = await repository(DEMO_REPOSITORY, { description: DEMO_DESCRIPTION, files: DEMO_FILES })
      const missing = DEMO_ISSUES.slice(demo.last_number)
      // Numbers are given in order, so after a kill half-way the count tells where to go on.
      for (const issue of missing) addIssue(demo, issue)
      return DEMO_REPOSITORY
    },
  }
}

function splitName(fullName: string): [owner: string, name: string] {
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(fullName) ?? []
  if (owner === undefined || name === undefined) throw new AppError('invalid', `${fullName} is not owner/repo.`)
  return [owner, name]
}

/** Repositories: found by either spelling, and under the name they used to have. */
import { type Ledger, putRepository, repositoryKey } from './ledger.ts'
import type { RepositoryRecord } from './model.ts'

export interface RepositoryStore {
  repositories(): readonly RepositoryRecord[]
  repository(owner: string, name: string): RepositoryRecord | undefined
  repositoryById(id: number): RepositoryRecord | undefined
  /** The repository that used to be called so. */
  movedFrom(owner: string, name: string): RepositoryRecord | undefined
  createRepository(draft: Pick<RepositoryRecord, 'id' | 'owner' | 'name' | 'description'>): RepositoryRecord
  rename(repository: RepositoryRecord, owner: string, name: string): RepositoryRecord
  archive(repository: RepositoryRecord, archived: boolean): RepositoryRecord
  /** Notes that commits arrived. */
  pushed(repository: RepositoryRecord): void
  nextId(): number
}

export function createRepositories({ database, now }: Ledger): RepositoryStore {
  const byId = (id: number): RepositoryRecord | undefined => database.get('repositories', String(id))
  const all = (): readonly RepositoryRecord[] => [...database.all('repositories')]
  return {
    repositories: all,
    repositoryById: byId,
    repository(owner, name) {
      const wanted = repositoryKey(owner, name)
      return all().find((row) => repositoryKey(row.owner, row.name) === wanted)
    },
    movedFrom(owner, name) {
      const alias = database.get('aliases', repositoryKey(owner, name))
      return alias && byId(alias.repository)
    },
    createRepository(draft) {
      const at = now()
      const repository = { ...draft, last_number: 0, created_at: at, updated_at: at, pushed_at: at }
      database.commit([putRepository(repository)])
      return repository
    },
    rename(repository, owner, name) {
      const renamed = { ...repository, owner, name, updated_at: now() }
      const oldKey = repositoryKey(repository.owner, repository.name)
      database.commit([putRepository(renamed), { t: 'aliases', k: oldKey, v: { repository: repository.id } }])
      return renamed
    },
    archive(repository, archived) {
      const changed = { ...repository, archived, updated_at: now() }
      database.commit([putRepository(changed)])
      return changed
    },
    pushed(repository) {
      const current = byId(repository.id) ?? repository
      database.commit([putRepository({ ...current, pushed_at: now(), updated_at: now() })])
    },
    nextId: () => database.nextId(),
  }
}

/** Which job a report means, when it leaves out the repository or the lease. */
import { AppError } from '#lib/errors'
import type { Job, JobKey } from './model.ts'
import type { QueueStore } from './ports.ts'

export interface LocatePorts {
  readonly store: QueueStore
  /** Repositories this queue serves. */
  readonly repositories: () => Promise<readonly string[]>
}

export interface Said {
  readonly worker: string
  readonly number: number
  readonly repository: string | undefined
  readonly token: number | undefined
}

export interface Located {
  readonly key: JobKey
  /** The token said, or else the one of the worker's own newest lease. */
  readonly token: number | undefined
}

export function createLocate({ store, repositories }: LocatePorts) {
  return { locate }

  async function locate(said: Said): Promise<Located> {
    const { worker, number, repository, token } = said
    if (repository !== undefined && token !== undefined) return { key: { repository, number }, token }
    const pointer = (await store.worker(worker, { consistent: true }))?.pointer ?? null
    if (pointer?.key.number !== number || (repository ?? pointer.key.repository) !== pointer.key.repository) {
      return { key: await keyOf(said), token }
    }
    return { key: pointer.key, token: token ?? pointer.token }
  }

  async function keyOf({ number, repository }: Pick<Said, 'number' | 'repository'>): Promise<JobKey> {
    if (repository !== undefined) return { repository, number }
    const names = await repositories()
    const jobs = await Promise.all(names.map((name) => store.find({ repository: name, number })))
    const found = jobs.filter((job): job is Job => job !== undefined)
    const [only, ...others] = found
    if (only === undefined) throw unknownItem(number)
    if (others.length === 0) return only.key
    const message = `Several repositories have an issue ${number} in the queue. Name the one you mean in "repository".`
    throw new AppError('ambiguous', message, { details: { repositories: found.map((job) => job.key.repository) } })
  }
}

export function unknownItem(number: number): AppError {
  return new AppError('not_found', `No issue ${number} is in the queue. GET /queue lists what is.`)
}

export function unknownWorker(id: string): AppError {
  return new AppError('not_found', `No worker ${id} is known. GET /workers lists those that are.`)
}

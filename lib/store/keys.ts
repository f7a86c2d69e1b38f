/** Where everything lives in the one table. Each kind of item has its key here and nowhere else. */
import type { Key } from './table.ts'

/** Numbers as text that sorts like numbers. GitHub's issue numbers stay far below ten digits. */
const padded = (n: number): string => String(n).padStart(10, '0')

/** A job's record: the truth of its state. One partition per repository, by issue number. */
export const jobKey = (repository: string, number: number): Key => ({ pk: jobsOf(repository), sk: padded(number) })
export const jobsOf = (repository: string): string => `JOBS#${repository}`

/** The ready line: one partition, in the order of leasing. */
export const READY = 'READY'
export const ticketKey = (rank: number, createdAt: number, repository: string, number: number): Key => ({
  pk: READY,
  sk: `${rank}#${String(createdAt).padStart(13, '0')}#${repository}#${padded(number)}`,
})

/** Jobs held back until what they depend on is closed: one partition per repository, by issue number. */
export const waitingOf = (repository: string): string => `WAITING#${repository}`
export const waitingKey = (repository: string, number: number): Key => ({
  pk: waitingOf(repository),
  sk: padded(number),
})

/** Who holds which files of a repository. */
export const reservationsKey = (repository: string): Key => ({ pk: `FILES#${repository}`, sk: 'held' })

/** A body too long to travel with its job, by the hash of its text. */
export const bodyKey = (repository: string, number: number, revision: string): Key => ({
  pk: `BODY#${repository}#${number}`,
  sk: revision,
})

export const WORKERS = 'WORKERS'
export const workerKey = (id: string): Key => ({ pk: WORKERS, sk: id })

/** The host key that was seen first at a place. */
export const hostKeyKey = (place: string): Key => ({ pk: 'HOST_KEYS', sk: place })

/** Pull requests that came too late to count. */
export const orphanKey = (repository: string, number: number, worker: string): Key => ({
  pk: `ORPHANS#${repository}`,
  sk: `${padded(number)}#${worker}`,
})

/** What the poll remembers of a repository. */
export const POLLS = 'POLLS'
export const pollKey = (repository: string): Key => ({ pk: POLLS, sk: repository })

/** Writes owed to GitHub. */
export const OWED = 'OWED'
export const owedKey = (repository: string, number: number): Key => ({
  pk: OWED,
  sk: `${repository}#${padded(number)}`,
})

/** Debts that GitHub refused too often, set aside until they are redriven. */
export const REFUSED = 'REFUSED'
export const refusedKey = (repository: string, number: number): Key => ({
  pk: REFUSED,
  sk: `${repository}#${padded(number)}`,
})

/** How the debts stood after the newest flush. */
export const STANDING: Key = { pk: 'GITHUB', sk: 'writes' }

/** What GitHub was last made to show. */
export const mirrorKey = (repository: string, number: number): Key => ({
  pk: `MIRROR#${repository}`,
  sk: padded(number),
})

/** A webhook that was taken in. */
export const deliveryKey = (id: string): Key => ({ pk: `DELIVERY#${id}`, sk: 'webhook' })

export const BUDGET: Key = { pk: 'GITHUB', sk: 'budget' }
/** Until when GitHub wants no call of one installation of the App; a token's is part of the budget. */
export const closedKey = (installation: number): Key => ({ pk: 'GITHUB', sk: `closed#${installation}` })
export const lockKey = (name: string): Key => ({ pk: 'LOCKS', sk: name })

/** Jobs counted by state. */
export const COUNTS: Key = { pk: 'COUNTS', sk: 'jobs' }
/** What a day (UTC) brought: dollars spent, issues finished by the hour. */
export const TALLY = 'TALLY'
export const tallyKey = (day: string): Key => ({ pk: TALLY, sk: day })
/** A batch of the stream that has been counted. */
export const countedKey = (batch: string): Key => ({ pk: `COUNTED#${batch}`, sk: 'batch' })

/** Pull requests of a repository that are not done with yet: awaiting review, approved, or being reworked. */
export const reviewsOf = (repository: string): string => `REVIEWS#${repository}`
export const reviewKey = (repository: string, pull: number): Key => ({ pk: reviewsOf(repository), sk: padded(pull) })
/** Those that are done with, for a while: whoever names one is told what became of it. */
export const reviewedKey = (repository: string, pull: number): Key => ({
  pk: `REVIEWED#${repository}`,
  sk: padded(pull),
})

/** Repositories whose review gate is closed: one small item, read with every lease. */
export const GATES: Key = { pk: 'GATES', sk: 'reviews' }

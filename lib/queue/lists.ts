/** The lists of the queue: what is in it, who works on it, page by page. */
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Policy } from './decide.ts'
import { isHeldBack } from './depends.ts'
import { unknownWorker } from './locate.ts'
import type { Job, JobKey, WorkerRecord } from './model.ts'
import type { Overlap } from './overlap.ts'
import type { QueueCounts, QueueStore, RefusedDebt, Slice } from './ports.ts'
import { itemView, type Status, statusOf, workerView } from './views.ts'
import { waitingForOf } from './waiting-for.ts'

export interface ListPorts {
  readonly store: QueueStore
  readonly clock: Clock
  readonly policy: Policy
  readonly repositories: () => Promise<readonly string[]>
  readonly counts: () => Promise<QueueCounts>
  /** What GitHub refused too often of these issues. */
  readonly refusedDebts?: (keys: readonly JobKey[]) => Promise<readonly RefusedDebt[]>
  /** Left out where no list of jobs is shown; see reserve.ts. */
  readonly overlap?: Overlap
}

export interface Wanted {
  readonly status?: Status | undefined
  readonly repository?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** A list is read section by section: work in hand, then the line, then each repository's finished work. */
interface Section {
  readonly name: string
  readonly statuses: readonly Status[]
  readonly read: (limit: number, cursor: string | undefined) => Promise<Slice<Job>>
}

const FINISHED: readonly Status[] = ['completed', 'failed', 'withdrawn']
/** Pages read for one answer at most: a filter that matches little yields a short page and a cursor, not a long wait. */
const MAX_READS = 10

export function createLists(ports: ListPorts) {
  const { store, clock, policy } = ports

  return {
    async list(wanted: Wanted) {
      const sections = await sectionsOf(wanted)
      const { jobs, cursor } = await walk(sections, wanted)
      const waitingFor = await waitingForOf(ports, jobs)
      const refused = (await ports.refusedDebts?.(jobs.map(({ key }) => key))) ?? []
      const debts = new Map(refused.map((debt) => [nameOf(debt.key), debt]))
      const items = jobs.map((job) => itemView(job, policy, waitingFor.get(job), debts.get(nameOf(job.key))))
      const of = (status: Status) => items.filter((item) => item.status === status)
      return {
        pending: of('pending'),
        in_progress: of('in_progress'),
        completed: of('completed'),
        failed: of('failed'),
        withdrawn: of('withdrawn'),
        counts: await ports.counts(),
        ...(cursor !== undefined && { next_cursor: cursor }),
      }
    },

    item: (job: Job) => itemView(job, policy),

    async workers(limit: number, cursor: string | undefined) {
      const page = await store.workers(limit, cursor)
      const workers = await viewsOf(page.items)
      return page.cursor === undefined ? { workers } : { workers, next_cursor: page.cursor }
    },

    async worker(id: string) {
      const record = await store.worker(id)
      if (record === undefined) throw unknownWorker(id)
      return (await viewsOf([record]))[0]
    },
  }

  async function viewsOf(records: readonly WorkerRecord[]) {
    const keys = records.flatMap(({ pointer }) => (pointer === null ? [] : [pointer.key]))
    const jobs = new Map((await store.records(keys)).map((job) => [nameOf(job.key), job]))
    const now = clock.now()
    return records.map((record) => {
      const key = record.pointer?.key
      return workerView(record, key && jobs.get(nameOf(key)), now)
    })
  }

  async function sectionsOf({ status, repository }: Wanted): Promise<readonly Section[]> {
    const repositories = repository === undefined ? await ports.repositories() : [repository]
    const sections: Section[] = [
      { name: 'leases', statuses: ['in_progress'], read: leases },
      { name: 'line', statuses: ['pending'], read: line },
      ...repositories.map((name) => ({
        name: `waiting ${name}`,
        statuses: ['pending'] as const,
        read: (limit: number, cursor: string | undefined) => waiting(name, limit, cursor),
      })),
      ...repositories.map((name) => ({
        name,
        statuses: FINISHED,
        read: (limit: number, cursor: string | undefined) => store.history(name, limit, cursor),
      })),
    ]
    return sections.filter((section) => status === undefined || section.statuses.includes(status))
  }

  /** Each lease stands with the worker that holds it: a pointer left from a lease that went to another shows nothing. */
  async function leases(limit: number, cursor: string | undefined): Promise<Slice<Job>> {
    const page = await store.workers(limit, cursor)
    const held = new Map(page.items.map(({ id, pointer }) => [id, pointer && nameOf(pointer.key)]))
    const jobs = await store.records(page.items.flatMap(({ pointer }) => (pointer === null ? [] : [pointer.key])))
    const isHeld = ({ key, state }: Job) => state.kind === 'leased' && held.get(state.lease.worker) === nameOf(key)
    return { ...page, items: jobs.filter(isHeld) }
  }

  async function line(limit: number, cursor: string | undefined): Promise<Slice<Job>> {
    const page = await store.ready(limit, cursor)
    const jobs = await asRecorded(page.items)
    return { ...page, items: jobs.filter((job) => !isHeldBack(job)) }
  }

  async function waiting(repository: string, limit: number, cursor: string | undefined): Promise<Slice<Job>> {
    const page = await store.waiting(repository, limit, cursor)
    const jobs = await asRecorded(page.items)
    return { ...page, items: jobs.filter(isHeldBack) }
  }

  /** A ticket left behind by a crash says what was; where there is a record, it says what is. */
  async function asRecorded(tickets: readonly Job[]): Promise<readonly Job[]> {
    const records = new Map((await store.records(tickets.map(({ key }) => key))).map((job) => [nameOf(job.key), job]))
    const jobs = tickets.map((ticket) => records.get(nameOf(ticket.key)) ?? ticket)
    return [...new Map(jobs.map((job) => [nameOf(job.key), job])).values()]
  }
}

const nameOf = ({ repository, number }: JobKey): string => `${repository}#${number}`

/** Reads sections until the page is full; the cursor names the section and the place within it. */
async function walk(sections: readonly Section[], wanted: Wanted): Promise<{ jobs: Job[]; cursor?: string }> {
  const jobs: Job[] = []
  let place = openPlace(wanted.cursor, sections)
  for (let reads = 0; reads < MAX_READS; reads++) {
    const section = sections[place.at]
    if (section === undefined) return { jobs }
    const page = await section.read(wanted.limit - jobs.length, place.cursor)
    jobs.push(...page.items.filter((job) => fits(job, section, wanted)))
    place = page.cursor === undefined ? { at: place.at + 1 } : { at: place.at, cursor: page.cursor }
    if (jobs.length >= wanted.limit) break
  }
  const next = sections[place.at]
  return next === undefined ? { jobs } : { jobs, cursor: closePlace(next.name, place.cursor) }
}

function fits(job: Job, section: Section, { status, repository }: Wanted): boolean {
  const own = statusOf(job)
  if (!section.statuses.includes(own)) return false
  return (status === undefined || own === status) && (repository === undefined || job.key.repository === repository)
}

interface Place {
  readonly at: number
  readonly cursor?: string
}

function openPlace(cursor: string | undefined, sections: readonly Section[]): Place {
  if (cursor === undefined) return { at: 0 }
  const [name = '', inner = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('\n')
  const at = sections.findIndex((section) => section.name === name)
  if (at >= 0) return inner === '' ? { at } : { at, cursor: inner }
  const message = 'is not one of this list; use the next_cursor of an earlier answer with the same filters'
  throw new AppError('invalid', `cursor ${message}.`, { errors: [{ path: 'cursor', message }] })
}

function closePlace(name: string, cursor: string | undefined): string {
  return Buffer.from(`${name}\n${cursor ?? ''}`).toString('base64url')
}

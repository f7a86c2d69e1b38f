/** The queue's jobs, tickets and workers in the table. */
import { isDeepStrictEqual } from 'node:util'
import { isHeldBack } from '#lib/queue/depends'
import type { Body, Job, JobKey } from '#lib/queue/model'
import { rank } from '#lib/queue/order'
import type { Completion, QueueStore, Saved, Slice } from '#lib/queue/ports'
import { unreadable } from '#lib/queue/unreadable'
import { absent, leaseHeld, notNewerThan, unchangedSince } from './conditions.ts'
import { encodeCursor } from './cursor.ts'
import { decodeJob, encodeFinish, encodeJob, encodeUsage } from './job-codec.ts'
import {
  bodyKey,
  jobKey,
  jobsOf,
  orphanKey,
  READY,
  ticketKey,
  WORKERS,
  waitingKey,
  waitingOf,
  workerKey,
} from './keys.ts'
import { readReservations, reservationsItem } from './reservations.ts'
import type { Item, Key, Page, Table } from './table.ts'
import { decodeWorker, encodeWorker } from './worker-codec.ts'

/** Tickets read per page while looking for one by its issue number. */
const SEARCH_PAGE = 500
/** A late pull request is of interest for a month. */
const ORPHAN_TTL_MS = 30 * 24 * 3_600_000

/** Told of items this code cannot read, e.g. written by a newer version. They are left alone. */
export type OnUnknown = (key: Key, cause: unknown) => void

export function createQueueStore(table: Table, onUnknown: OnUnknown): QueueStore {
  const slice = sliceWith(onUnknown)
  const store: QueueStore = {
    async record(key) {
      const item = await table.get(recordKeyOf(key), { consistent: true })
      return item && readJob(item, onUnknown)
    },

    async find(key) {
      const record = await store.record(key)
      if (record !== undefined) return record
      const waiting = await table.get(waitingKey(key.repository, key.number), { consistent: true })
      const ticket = waiting ?? (await searchLine(table, key))
      return ticket && readJob(ticket, onUnknown)
    },

    records: async (keys) => slice({ items: await table.getMany(keys.map(recordKeyOf)) }, decodeJob).items,

    async ready(limit, cursor) {
      return slice(await table.query({ pk: READY, limit, cursor }), decodeJob)
    },

    async waiting(repository, limit, cursor) {
      const query = { pk: waitingOf(repository), limit, cursor, consistent: true }
      return slice(await table.query(query), decodeJob)
    },
    behind: (ticket) => encodeCursor(ticketKeyOf(ticket)),

    async enqueue(job) {
      const written = await table.put(encodeJob(job, ticketKeyOf(job)), notNewerThan(job.version - 1))
      return written.kind === 'done'
    },

    async dequeue(job) {
      await table.remove(ticketKeyOf(job), unchangedSince(job.version))
    },

    async save(job, from) {
      const item = encodeJob(job, recordKeyOf(job.key))
      const written = await table.put(item, notNewerThan(from.version))
      if (written.kind === 'done') return { kind: 'saved' }
      if (isWritten(item, written.current)) return { kind: 'saved' }
      return { kind: 'stale', current: slice({ items: itemsOf(written.current) }, decodeJob).items[0] }
    },

    reservations: (repository) => readReservations(table, repository),

    async saveReserving(job, from, reservations) {
      const item = encodeJob(job, recordKeyOf(job.key))
      const written = await table.putBoth(
        { item, condition: notNewerThan(from.version) },
        { item: reservationsItem(reservations), condition: unchangedSince(reservations.version) },
      )
      if (written.kind === 'done') return { kind: 'saved' }
      if (written.kind === 'contended' || written.at === 'second') return { kind: 'contended' }
      if (isWritten(item, written.current)) return { kind: 'saved' }
      return { kind: 'stale', current: slice({ items: itemsOf(written.current) }, decodeJob).items[0] }
    },

    complete: (completion) => complete(table, completion),

    body: (job) => textOf(table, job.key, job.body),

    async feedback({ key, previous }) {
      return previous?.feedback ? textOf(table, key, previous.feedback) : null
    },

    async keepBody({ repository, number }, body, text) {
      if (body.kind === 'inline') return
      const item = { ...bodyKey(repository, number, body.revision), kind: 'body', text: text.toWellFormed() }
      await table.put(item, absent)
    },

    async history(repository, limit, cursor) {
      return slice(await table.query({ pk: jobsOf(repository), limit, cursor, descending: true }), decodeJob)
    },

    async worker(id, options = {}) {
      const item = await table.get(workerKey(id), options)
      return item && decodeWorker(item)
    },

    async workers(limit, cursor) {
      return slice(await table.query({ pk: WORKERS, limit, cursor }), decodeWorker)
    },

    async saveWorker(record) {
      const next = { ...record, version: record.version + 1 }
      return (await table.put(encodeWorker(next), unchangedSince(record.version))).kind === 'done'
    },

    async forgetWorker(record) {
      return (await table.remove(workerKey(record.id), unchangedSince(record.version))).kind === 'done'
    },

    async noteOrphan({ key, worker, pr_url, at }) {
      const ttl = Math.ceil((at + ORPHAN_TTL_MS) / 1000)
      await table.put({ ...orphanKey(key.repository, key.number, worker), kind: 'orphan', pr_url, at, ttl })
    },
  }
  return store
}

const recordKeyOf = (key: JobKey): Key => jobKey(key.repository, key.number)

function ticketKeyOf(job: Job): Key {
  const { key, facts } = job
  if (isHeldBack(job)) return waitingKey(key.repository, key.number)
  return ticketKey(rank(facts.priority), facts.created_at, key.repository, key.number)
}

async function complete(table: Table, done: Completion): Promise<Saved> {
  const { key, claim, finish } = done
  const ended = { token: claim.token, worker: claim.worker, report: 'completed' }
  const change = {
    set: {
      state: 'finished',
      finish: encodeFinish(finish),
      ended,
      changed_at: finish.at,
      correlation_id: done.correlation_id,
    },
    add: { version: 1, seq: 1, ...encodeUsage(done.usage) },
    // Whatever the reviewers said before, they have not seen this.
    drop: ['lease', 'review_verdict'],
  }
  const written = await table.change(recordKeyOf(key), change, leaseHeld(claim.worker, claim.token, finish.at))
  if (written.kind === 'done') return { kind: 'saved' }
  // Whoever comes here goes on to read the record.
  return { kind: 'stale', current: undefined }
}

async function textOf(table: Table, { repository, number }: JobKey, body: Body): Promise<string> {
  if (body.kind === 'inline') return body.text
  const key = bodyKey(repository, number, body.revision)
  // A body just written may not be seen yet by the cheaper read.
  const item = (await table.get(key)) ?? (await table.get(key, { consistent: true }))
  return typeof item?.['text'] === 'string' ? item['text'] : ''
}

async function searchLine(table: Table, key: JobKey): Promise<Item | undefined> {
  let cursor: string | undefined
  do {
    const page: Page = await table.query({ pk: READY, limit: SEARCH_PAGE, cursor, consistent: true })
    const found = page.items.find((item) => item['repository'] === key.repository && item['number'] === key.number)
    if (found !== undefined) return found
    cursor = page.cursor
  } while (cursor !== undefined)
  return undefined
}

/** A refused write may have gone through and its reply been lost: then the item that stands there is this very one. */
function isWritten(item: Item, current: Item | undefined): boolean {
  return isDeepStrictEqual(current, JSON.parse(JSON.stringify(item)))
}

const itemsOf = (item: Item | undefined): readonly Item[] => (item === undefined ? [] : [item])

function readJob(item: Item, onUnknown: OnUnknown): Job {
  try {
    return decodeJob(item)
  } catch (cause) {
    onUnknown({ pk: item.pk, sk: item.sk }, cause)
    throw unreadable(`The stored job at ${item.pk} ${item.sk}`, cause)
  }
}

function sliceWith(onUnknown: OnUnknown) {
  return function slice<T>(page: Page, decode: (item: Item) => T): Slice<T> {
    const items = page.items.flatMap((item) => {
      try {
        return [decode(item)]
      } catch (cause) {
        onUnknown({ pk: item.pk, sk: item.sk }, cause)
        return []
      }
    })
    return page.cursor === undefined ? { items } : { items, cursor: page.cursor }
  }
}

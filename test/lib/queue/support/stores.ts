/** Stores that misbehave as the real world does: processes die, replies are lost, reads are a moment old. */
import type { Job, WorkerRecord } from '#lib/queue/model'
import type { QueueStore, Slice } from '#lib/queue/ports'
import type { Table } from '#lib/store/table'

export class Death extends Error {
  constructor() {
    super('The process died here.')
  }
}

type Call = (...args: unknown[]) => Promise<unknown>

/** The same store, each call handed to `around` with its name. */
function wrapped(store: QueueStore, around: (name: string, call: () => Promise<unknown>) => Promise<unknown>) {
  const entries = Object.entries(store).map(([name, value]) => {
    const call = value as Call
    return [name, (...args: unknown[]) => around(name, () => call(...args))]
  })
  return Object.fromEntries(entries) as QueueStore
}

/** A store whose process dies at its `k`th call, just before or just after the call took effect. */
export function dying(store: QueueStore, k: number, when: 'before' | 'after') {
  let calls = 0
  const mortal = wrapped(store, async (_name, call) => {
    calls += 1
    if (calls > k || (calls === k && when === 'before')) throw new Death()
    const answer = await call()
    if (calls === k) throw new Death()
    return answer
  })
  return { store: mortal, hasDied: () => calls >= k }
}

/** A store that waits for `gate` before its first call of `name` takes effect. */
export function held(store: QueueStore, name: keyof QueueStore, gate: Promise<void>): QueueStore {
  let isFirst = true
  return wrapped(store, async (called, call) => {
    if (called === name && isFirst) {
      isFirst = false
      await gate
    }
    return call()
  })
}

/** A store that remembers each change of a job that took effect, in order. */
export function witnessed(store: QueueStore) {
  const changes: Job[] = []
  const witness: QueueStore = {
    ...store,
    async save(job, from) {
      const saved = await store.save(job, from)
      if (saved.kind === 'saved') changes.push(job)
      return saved
    },
    async saveReserving(job, from, reservations) {
      const saved = await store.saveReserving(job, from, reservations)
      if (saved.kind === 'saved') changes.push(job)
      return saved
    },
    async complete(completion) {
      const saved = await store.complete(completion)
      const job = await store.record(completion.key)
      if (saved.kind === 'saved' && job !== undefined) changes.push(job)
      return saved
    },
  }
  return { store: witness, changes }
}

/** A store whose cheap reads are as old as they can be: they show what was there before the newest write. */
export function behind(store: QueueStore) {
  let lines: Slice<Job> = { items: [] }
  const workers = new Map<string, WorkerRecord | undefined>()
  const old: QueueStore = {
    ...store,
    async ready(limit, cursor) {
      const seen = lines
      lines = await store.ready(limit, cursor)
      return seen.items.length === 0 ? lines : seen
    },
    async worker(id, options = {}) {
      const now = await store.worker(id, { consistent: true })
      if (options.consistent) return now
      const seen = workers.has(id) ? workers.get(id) : now
      workers.set(id, now)
      return seen
    },
  }
  return old
}

/** A table each of whose writes is sent twice: the first reply was lost and the SDK tried again. */
export function repeating(table: Table): Table {
  return {
    ...table,
    async put(item, condition) {
      await table.put(item, condition)
      return table.put(item, condition)
    },
    async change(key, change, condition) {
      await table.change(key, change, condition)
      return table.change(key, change, condition)
    },
    async putBoth(first, second) {
      await table.putBoth(first, second)
      return table.putBoth(first, second)
    },
    async remove(key, condition) {
      await table.remove(key, condition)
      return table.remove(key, condition)
    },
  }
}

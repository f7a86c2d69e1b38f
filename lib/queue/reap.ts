/** Expired leases come back into the line, even when the worker and the server that leased them are gone. */
import type { ClaimPorts } from './claim.ts'
import type { Occasion } from './decide.ts'
import { endExpired, readPointer } from './holding.ts'
import type { JobKey, WorkerRecord } from './model.ts'
import { isUnreadable } from './unreadable.ts'

/** Workers read per page; a page of 100 is about 2 read units. */
const PAGE = 100

/**
 * Ends every lease that ran out. Returns how many jobs came back into the line. A write that fails ends the run: while
 * the store is down no lease may be judged. A job that this code cannot read is left alone.
 */
export function createReap(ports: ClaimPorts) {
  const { store } = ports

  return async function reap(on: Occasion): Promise<number> {
    let back = 0
    let cursor: string | undefined
    do {
      const page = await store.workers(PAGE, cursor)
      for (const record of page.items) {
        const { pointer } = record
        // A pointer is never ahead of its lease: one that is not yet due need not be followed.
        if (pointer !== null && pointer.expires_at <= on.now) back += await tend(record, pointer.key, on)
      }
      cursor = page.cursor
    } while (cursor !== undefined)
    return back
  }

  async function tend(record: WorkerRecord, key: JobKey, on: Occasion): Promise<number> {
    try {
      return (await settle(record, key, on)) ? 1 : 0
    } catch (error) {
      if (isUnreadable(error)) return 0
      throw error
    }
  }

  /** True when the job came back into the line. The pointer goes last: until then it leads the next run here. */
  async function settle(record: WorkerRecord, key: JobKey, on: Occasion): Promise<boolean> {
    const pointed = readPointer(record, await store.record(key), on.now)
    if (pointed.kind === 'held') return false
    let isBack: boolean | undefined = false
    if (pointed.kind === 'pending') isBack = await store.enqueue(pointed.job)
    if (pointed.kind === 'expired') isBack = await endExpired(ports, pointed.job, on)
    // Somebody was quicker: a heartbeat, a report, another reaper. The next run sees what came of it.
    if (isBack === undefined) return false
    await store.saveWorker({ ...record, pointer: null })
    return isBack
  }
}

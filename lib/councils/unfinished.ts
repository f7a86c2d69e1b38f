/** Runs that nobody works on although they are not over: their process died, or nobody began them. */
import type { Clock } from '#lib/clock'
import type { RunStore } from './store-ports.ts'

/** Open runs looked at together; there are as many as run at this moment. */
const PAGE = 100
/** Pages of one look: those that are at work need no help. */
const MAX_PAGES = 10

export function createUnfinished({
  store,
  clock,
}: {
  readonly store: Pick<RunStore, 'open' | 'find'>
  readonly clock: Clock
}) {
  /** At most `limit` of them, oldest first; also runs that are over but for their figures. */
  return async function unfinished(limit: number): Promise<readonly string[]> {
    const found: string[] = []
    let cursor: string | undefined
    for (let pages = 0; pages < MAX_PAGES && found.length < limit; pages++) {
      const page = await store.open(PAGE, cursor)
      const runs = await Promise.all(page.items.map(({ execution_id }) => store.find(execution_id)))
      const now = clock.now()
      found.push(...runs.flatMap((run) => (run !== undefined && run.lease.until <= now ? [run.execution_id] : [])))
      cursor = page.cursor
      if (cursor === undefined) break
    }
    return found.slice(0, limit)
  }
}

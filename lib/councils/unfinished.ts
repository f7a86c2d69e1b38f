/** Runs that are not over: those that nobody works on, because their process died or nobody began them, and the others. */
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Run } from './run.ts'
import type { RunStore } from './store-ports.ts'

export interface OpenRuns {
  /** Runs that anybody may take, oldest first; also runs that are over but for their figures. */
  readonly free: readonly string[]
  /** Runs that somebody works on, or did until a moment ago: their leases are not over. */
  readonly held: number
}

/** Open runs looked at together; there are as many as run at this moment. */
const PAGE = 100
/** Pages of one look: those that are at work need no help. */
const MAX_PAGES = 10

export interface OpenRunsPorts {
  readonly store: Pick<RunStore, 'open' | 'find'>
  readonly clock: Clock
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

export function createOpenRuns({ store, clock, warn }: OpenRunsPorts) {
  /** Of the free ones at most `limit`. */
  return async function openRuns(limit: number): Promise<OpenRuns> {
    const free: string[] = []
    let held = 0
    let cursor: string | undefined
    for (let pages = 0; pages < MAX_PAGES && free.length < limit; pages++) {
      const page = await store.open(PAGE, cursor)
      const runs = await Promise.all(page.items.map(({ execution_id }) => readable(execution_id)))
      const now = clock.now()
      const known = runs.filter((run) => run !== undefined)
      const idle = known.filter(({ lease }) => lease.until <= now)
      free.push(...idle.map(({ execution_id }) => execution_id))
      held += known.length - idle.length
      cursor = page.cursor
      if (cursor === undefined) break
    }
    return { free: free.slice(0, limit), held }
  }

  /** A run that cannot be read is left alone, and keeps no other from being carried on; a store that is away does. */
  async function readable(executionId: string): Promise<Run | undefined> {
    try {
      return await store.find(executionId)
    } catch (error) {
      if (error instanceof AppError) throw error
      warn('an unreadable run is left alone', { execution_id: executionId, error })
      return undefined
    }
  }
}

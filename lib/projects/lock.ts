/** One orchestration per project at a time: a lock with an end and a rising fence; the second waits briefly. */
import { type Clock, type Sleep, seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Ids } from '#lib/ids'
import type { ProjectStore } from './store-ports.ts'

export interface LockPorts {
  readonly store: Pick<ProjectStore, 'lock' | 'unlock'>
  readonly clock: Clock
  readonly ids: Ids
  readonly sleep: Sleep
}

/** The lock while it is held. */
export interface Hold {
  readonly fence: number
  /** Throws `conflict` when the time is over: another may hold the lock now, so no further step may be done. */
  check(): void
}

/** An HTTP function lives 29 s; one that died frees its project soon after. */
const HELD_MS = seconds(35)
/** A second call waits so long before it is told to come again. */
export const PATIENCE_MS = seconds(4)
const LOOK_AGAIN_MS = 100

export function createLock({ store, clock, ids, sleep }: LockPorts) {
  /** Runs `work` while holding the project's lock. Throws `conflict` when it cannot be had within `patience`. */
  return async function exclusively<T>(
    project: string,
    patience: number,
    work: (hold: Hold) => Promise<T>,
  ): Promise<T> {
    const name = `project:${project}`
    const { fence, until } = await acquire(name, patience)
    const check = () => {
      if (clock.now() >= until) throw taken()
    }
    try {
      return await work({ fence, check })
    } finally {
      // What was done is done whether or not the lock can be freed; it runs out by itself.
      await store.unlock(name, fence).catch(() => undefined)
    }
  }

  async function acquire(name: string, patience: number) {
    const holder = ids.uuid()
    for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
      const now = clock.now()
      const until = now + HELD_MS
      const fence = await store.lock(name, holder, now, until)
      if (fence !== undefined) return { fence, until }
      if (waited >= patience) throw taken()
      await sleep(LOOK_AGAIN_MS)
    }
  }
}

function taken(): AppError {
  const message = 'Another orchestration of this project is under way. Repeat the request in a moment.'
  return new AppError('conflict', message, { retryAfter: 2 })
}

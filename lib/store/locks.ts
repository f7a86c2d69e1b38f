/** Locks with an end: one holder at a time, a rising token, and no way to hold on for ever. */
import type { Instant } from '#lib/clock'
import { absent, stillHas } from './conditions.ts'
import { lockKey } from './keys.ts'
import type { Table } from './table.ts'

export interface Locks {
  /** The fence token while the lock is yours until `until`; undefined when another holds it. 1 read, 1 write unit. */
  acquire(name: string, holder: string, now: Instant, until: Instant): Promise<number | undefined>
  /** Frees the lock if `token` still holds it. */
  release(name: string, token: number): Promise<void>
}

export function createLocks(table: Table): Locks {
  return {
    async acquire(name, holder, now, until) {
      const current = await table.get(lockKey(name), { consistent: true })
      if (current !== undefined && Number(current['held_until']) > now) return undefined
      const before = Number(current?.['token'] ?? 0)
      const item = { ...lockKey(name), kind: 'lock', holder, token: before + 1, held_until: until }
      const taken = await table.put(item, current === undefined ? absent : stillHas('token', before))
      if (taken.kind === 'done') return item.token
      // The reply of our own write may have been lost: then it is our name that stands there.
      return taken.current?.['holder'] === holder && taken.current['token'] === item.token ? item.token : undefined
    },

    async release(name, token) {
      await table.change(lockKey(name), { set: { held_until: 0 } }, stillHas('token', token))
    },
  }
}

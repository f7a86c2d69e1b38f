/** Until when GitHub wants no call of our token, or of one installation of our App: told to one process, heeded by all. */
import type { Instant } from '#lib/clock'
import type { LimitNote } from '#lib/github/shared-limit'
import { type Condition, raises } from './conditions.ts'
import { BUDGET, closedKey } from './keys.ts'
import type { Key, Table } from './table.ts'

const CLOSED_UNTIL = 'closed_until'

/** 0 when nothing forbids a call. Strongly consistent: a call too many prolongs GitHub's refusal. */
export async function closedUntil(table: Table, key: Key = BUDGET): Promise<Instant> {
  const item = await table.get(key, { consistent: true })
  return Number(item?.[CLOSED_UNTIL] ?? 0)
}

/** Closes until `at`; a later closing stays. */
export async function closeUntil(table: Table, at: Instant, key: Key = BUDGET): Promise<void> {
  const isLater: Condition = raises(CLOSED_UNTIL, at)
  await table.change(key, { set: { kind: key === BUDGET ? 'budget' : 'closed', [CLOSED_UNTIL]: at } }, isLater)
}

/** The note that every process of a token, or of an App's installation, reads before each call: 1 to 2 read units. */
export function createLimitNote(table: Table, installation?: number): LimitNote {
  const key = installation === undefined ? BUDGET : closedKey(installation)
  return {
    closedUntil: () => closedUntil(table, key),
    closeUntil: (at) => closeUntil(table, at, key),
  }
}

/** Until when GitHub wants no call of our token: told to the poll or to the flusher, heeded by both. */
import type { Instant } from '#lib/clock'
import { type Condition, raises } from './conditions.ts'
import { BUDGET } from './keys.ts'
import type { Table } from './table.ts'

const CLOSED_UNTIL = 'closed_until'

/** 0 when nothing forbids a call. Strongly consistent: a call too many prolongs GitHub's refusal. */
export async function closedUntil(table: Table): Promise<Instant> {
  const item = await table.get(BUDGET, { consistent: true })
  return Number(item?.[CLOSED_UNTIL] ?? 0)
}

/** Closes until `at`; a later closing stays. */
export async function closeUntil(table: Table, at: Instant): Promise<void> {
  const isLater: Condition = raises(CLOSED_UNTIL, at)
  await table.change(BUDGET, { set: { kind: 'budget', [CLOSED_UNTIL]: at } }, isLater)
}

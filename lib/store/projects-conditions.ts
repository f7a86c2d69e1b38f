/** The conditions of the writes about projects, each under the name of what it means. */
import type { Condition } from './conditions.ts'

const OPEN = { '#open': 'open' }

/** The last decision is still number `seq` (0: there is none), none is under way, no holder with a higher fence was here. */
export function idleAt(seq: number, fence: number): Condition {
  const last = seq === 0 ? '(attribute_not_exists(seq) OR seq = :at)' : 'seq = :at'
  return {
    expression: `${last} AND attribute_not_exists(#open) AND (attribute_not_exists(fence) OR fence <= :by)`,
    names: OPEN,
    values: { ':at': seq, ':by': fence },
  }
}

/** Decision `seq` is under way, last touched by a holder with a lower fence. */
export function leftOpen(seq: number, fence: number): Condition {
  return {
    expression: '#open.seq = :at AND fence < :by',
    names: OPEN,
    values: { ':at': seq, ':by': fence },
  }
}

/** Decision `seq` is under way, and nobody with another fence has touched it since. */
export function heldAt(seq: number, fence: number): Condition {
  return {
    expression: '#open.seq = :at AND fence = :by',
    names: OPEN,
    values: { ':at': seq, ':by': fence },
  }
}

/** Decision `seq`, opened under this fence, is still under way. */
export function stillOpen(seq: number, openedBy: number): Condition {
  return {
    expression: '#open.seq = :at AND #open.fence = :by',
    names: OPEN,
    values: { ':at': seq, ':by': openedBy },
  }
}

/** The sprint has an episode, and its outcome is not known yet. */
export const unsettled: Condition = {
  expression: 'attribute_exists(pk) AND attribute_not_exists(settled_at)',
}

/** No sweep of this time or later has begun. */
export function newestSweep(scheduledFor: number): Condition {
  return {
    expression: 'attribute_not_exists(scheduled_for) OR scheduled_for < :this_sweep',
    values: { ':this_sweep': scheduledFor },
  }
}

/** The installation has no id yet. */
export const unnamed: Condition = { expression: 'attribute_not_exists(installation)' }

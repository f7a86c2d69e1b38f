/** The event of a day whose money is spent, made from the addition that brought its sum to the budget. */
import { toTimestamp } from '#lib/clock'
import { reaches } from '#lib/queue/spending'
import type { TallyChange } from '#lib/store/tally'
import type { Envelope } from './envelope.ts'

/** What the event carries besides its envelope. */
export interface DayBudgetSpent extends Envelope {
  readonly event_type: 'BUDGET_SPENT'
  readonly budget_usd: number
  readonly spent_usd: number
}

/** Undefined unless this very addition crossed the budget: a day's sum only rises, so one does. */
export function dayBudgetSpent({ at, before, after }: TallyChange, budget: number): DayBudgetSpent | undefined {
  if (reaches(before.usd, budget) || !reaches(after.usd, budget)) return undefined
  const event_id = `budget:${after.day}:${budget}`
  return {
    event_id,
    event_type: 'BUDGET_SPENT',
    timestamp: toTimestamp(at),
    correlation_id: event_id,
    entity: { kind: 'budget', id: after.day },
    seq: 1,
    budget_usd: budget,
    spent_usd: after.usd,
  }
}

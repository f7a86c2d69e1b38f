/** The variables that bound what councils may spend and how long they may take, for `readConfig`. */
import type { Budgets } from './budget.ts'

/** Text from the environment to what bounds a run: see `budgetsOf`. Unset or 0: no bound. */
export interface BudgetSettings {
  readonly COUNCIL_TOKENS_PER_RUN: number
  readonly COUNCIL_USD_PER_RUN: number
  readonly COUNCIL_TOKENS_PER_DAY: number
  readonly COUNCIL_USD_PER_DAY: number
}

/** Sixteen agents over ten rounds with answers of a page stay below it; a prompt that makes agents babble does not. */
export const TOKENS_PER_RUN = 5_000_000
export const TOKENS_PER_DAY = 50_000_000
/** US dollars: an ordinary run costs some cents. */
export const USD_PER_RUN = 10
export const USD_PER_DAY = 100

export function budgetsOf(config: BudgetSettings): Budgets {
  return {
    run: { tokens: config.COUNCIL_TOKENS_PER_RUN || null, usd: config.COUNCIL_USD_PER_RUN || null },
    day: { tokens: config.COUNCIL_TOKENS_PER_DAY || null, usd: config.COUNCIL_USD_PER_DAY || null },
  }
}

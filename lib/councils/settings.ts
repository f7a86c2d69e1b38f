/** The variables that bound what councils may spend and how long they may take, for `readConfig`. */
import { optionalText, whole } from '#lib/config'
import type { Budgets } from './budget.ts'

/** Text from the environment to what bounds a run: see `budgetsOf`. Unset or 0: no bound. */
export interface BudgetSettings {
  readonly COUNCIL_TOKENS_PER_RUN: number
  readonly COUNCIL_USD_PER_RUN: number
  readonly COUNCIL_TOKENS_PER_DAY: number
  readonly COUNCIL_USD_PER_DAY: number
}

/** Sixteen agents over ten rounds with answers of a page stay below it; a prompt that makes agents babble does not. */
const TOKENS_PER_RUN = 5_000_000
const TOKENS_PER_DAY = 50_000_000
/** US dollars: an ordinary run costs some cents. */
const USD_PER_RUN = 10
const USD_PER_DAY = 100

/** 0: no bound. */
const bound = (fallback: number) => whole(fallback, { min: 0, max: 9_999_999_999 })
/** Below the 900 s that a Lambda function may run, so that the process that carried a run decides it. */
const MAX_RUN_SECONDS = 870

export const councilSettings = {
  COUNCIL_TOKENS_PER_RUN: bound(TOKENS_PER_RUN),
  COUNCIL_USD_PER_RUN: bound(USD_PER_RUN),
  COUNCIL_TOKENS_PER_DAY: bound(TOKENS_PER_DAY),
  COUNCIL_USD_PER_DAY: bound(USD_PER_DAY),
  COUNCIL_RUN_SECONDS: whole(600, { min: 1, max: MAX_RUN_SECONDS }),
  COUNCIL_CALL_SECONDS: whole(120, { min: 1, max: MAX_RUN_SECONDS }),
  /** A YAML or JSON file: rules of the policy check beside the built-in ones. */
  COUNCIL_POLICY_FILE: optionalText,
} as const

export function budgetsOf(config: BudgetSettings): Budgets {
  return {
    run: { tokens: config.COUNCIL_TOKENS_PER_RUN || null, usd: config.COUNCIL_USD_PER_RUN || null },
    day: { tokens: config.COUNCIL_TOKENS_PER_DAY || null, usd: config.COUNCIL_USD_PER_DAY || null },
  }
}

/** What a run and a day may still spend: asked before each call, told after it. */
import type { Budget, Spending } from './model.ts'
import type { Output } from './run.ts'
import type { Spent } from './store-ports.ts'

export interface Budgets {
  readonly run: Budget
  readonly day: Budget
}

/** Why a call may not be made. */
export interface Refusal {
  readonly message: string
}

export interface Purse {
  /** Reserves tokens that a call may answer with; a refusal when the run or the day has no room for them. */
  reserve(tokens: number): Refusal | undefined
  /** Ends a reservation of so many tokens with what the call cost. */
  pay(reserved: number, spending: Spending | null): void
}

/** A purse for one wave of calls: `run` and `day` are what is spent already. */
export function openPurse(budgets: Budgets, run: Spent, day: Spent): Purse {
  let reserved = 0
  let tokens = 0
  let usd = 0
  const refusal = (name: string, budget: Budget, spent: Spent, ask: number): Refusal | undefined => {
    const wanted = spent.tokens + tokens + reserved + ask
    if (budget.tokens !== null && wanted > budget.tokens) {
      const left = Math.max(0, budget.tokens - spent.tokens - tokens)
      return { message: `The budget of this ${name} is spent: ${left} of ${budget.tokens} tokens are left.` }
    }
    if (budget.usd !== null && spent.usd + usd >= budget.usd) {
      return { message: `The budget of this ${name} is spent: ${budget.usd} USD.` }
    }
    return undefined
  }
  return {
    reserve(ask) {
      const refused = refusal('run', budgets.run, run, ask) ?? refusal('day', budgets.day, day, ask)
      if (refused === undefined) reserved += ask
      return refused
    },
    pay(held, spending) {
      reserved -= held
      const cost = spentBy([{ spending }])
      tokens += cost.tokens
      usd += cost.usd
    },
  }
}

/** What outputs cost together. */
export function spentBy(outputs: readonly Pick<Output, 'spending'>[]): Spent {
  let tokens = 0
  let usd = 0
  for (const { spending } of outputs) {
    tokens += (spending?.input_tokens ?? 0) + (spending?.output_tokens ?? 0)
    usd += spending?.cost_usd ?? 0
  }
  return { tokens, usd }
}

/** True when the day has nothing left for anybody. */
export function isDaySpent({ day }: Budgets, spent: Spent): boolean {
  return (day.tokens !== null && spent.tokens >= day.tokens) || (day.usd !== null && spent.usd >= day.usd)
}

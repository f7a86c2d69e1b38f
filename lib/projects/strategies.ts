/** The list of learned strategies. */
import { toTimestamp } from '#lib/clock'
import type { Strategy } from './model.ts'
import { halfEven, mean } from './numbers.ts'
import type { Memory } from './store-ports.ts'

export interface Filter {
  readonly team_size?: number | undefined
  readonly min_confidence?: number | undefined
  /** Words to be found in the name or the description. */
  readonly context?: string | undefined
}

export function createStrategies({ memory }: { readonly memory: Memory }) {
  /** The active ones that fit, the surest first. */
  return async function strategies(filter: Filter) {
    const fitting = (await memory.strategies()).filter((one) => fits(one, filter))
    const sorted = fitting.toSorted((a, b) => b.confidence - a.confidence || (a.strategy_id < b.strategy_id ? -1 : 1))
    return {
      strategies: sorted.map(strategyView),
      total_strategies: sorted.length,
      avg_confidence: halfEven(mean(sorted.map(({ confidence }) => confidence)), 2),
    }
  }
}

function fits(strategy: Strategy, { team_size, min_confidence = 0, context = '' }: Filter): boolean {
  const [low, high] = strategy.applicability.team_size
  const text = `${strategy.name} ${strategy.description}`.toLowerCase()
  return (
    strategy.retired_at === null &&
    strategy.confidence >= min_confidence &&
    (team_size === undefined || (team_size >= low && team_size <= high)) &&
    text.includes(context.toLowerCase())
  )
}

function strategyView({ retired_at: _, evidence, created_at, last_updated, applicability, ...rest }: Strategy) {
  const range = ([min, max]: readonly [number, number]) => ({ min, max })
  return {
    ...rest,
    evidence,
    applicability: {
      team_size: range(applicability.team_size),
      unassigned_tasks: range(applicability.unassigned_tasks),
    },
    created_at: toTimestamp(created_at),
    last_updated: toTimestamp(last_updated),
  }
}

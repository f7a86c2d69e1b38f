/** Predictions: what may go wrong with a project, named from its figures. */
import { successProbability } from './confidence.ts'
import { coefficientOfVariation, halfEven } from './numbers.ts'
import type { History } from './ports.ts'
import { paceOf } from './velocity.ts'

export interface Outlook {
  /** Share of similar projects that succeeded, else of the project's own finished sprints; null when neither is known. */
  readonly success_probability: number | null
  readonly overall_risk: 'low' | 'medium' | 'high'
  readonly risk_factors: readonly string[]
}

export interface Signs {
  readonly history: History | null
  /** Open tasks of each member. */
  readonly workload: readonly number[]
  readonly completionRate: number | null
  readonly overdue: boolean
}

/** Open tasks spread by more than half of their mean: some have too much while others wait. */
const UNBALANCED = 0.5
/** Below this, more sprints like it failed than succeeded. */
const UNLIKELY = 0.5

export function outlookOf({ history, workload, completionRate, overdue }: Signs): Outlook {
  const pace = history === null ? undefined : paceOf(history.velocity)
  const spread = coefficientOfVariation(workload)
  const success = successProbability(history) ?? completionRate
  const factors = [
    pace?.trend === 'decreasing' &&
      `Declining velocity: ${halfEven(-pace.slope, 2)} completed task(s) fewer from sprint to sprint over ${pace.sprints} sprints`,
    spread > UNBALANCED &&
      `Unbalanced workload: ${Math.min(...workload)} to ${Math.max(...workload)} open tasks per member (coefficient of variation ${halfEven(spread, 2)})`,
    overdue && 'The current sprint is past its end date',
    success !== null && success < UNLIKELY && `Only ${halfEven(success * 100)} % of comparable sprints succeeded`,
  ].filter((factor) => factor !== false)
  return {
    success_probability: success === null ? null : halfEven(success, 2),
    overall_risk: riskOf(factors),
    risk_factors: factors,
  }
}

/** One sign is a warning, two confirm each other. */
function riskOf(factors: readonly string[]): Outlook['overall_risk'] {
  if (factors.length === 0) return 'low'
  return factors.length === 1 ? 'medium' : 'high'
}

/** How sure a decision is, from what the past offers. */
import type { Decision } from './model.ts'
import { halfEven, mean, tidy } from './numbers.ts'
import type { History } from './ports.ts'
import { paceOf } from './velocity.ts'

/** A similar project that finished more than this share of its tasks succeeded. */
const SUCCEEDED = 0.8
/** Below these, a figure is too weak to add to the whole. */
const VELOCITY_COUNTS = 0.3
const SUCCESS_COUNTS = 0.6

/** Share of similar projects that succeeded; null when there are none. */
export function successProbability(history: History | null): number | null {
  const similar = history?.similar ?? []
  if (similar.length === 0) return null
  return tidy(similar.filter(({ completion_rate }) => completion_rate > SUCCEEDED).length / similar.length)
}

/** 0.3·(any similar) + 0.2·mean similarity + 0.3·velocity (if > 0.3) + 0.2·success (if > 0.6), capped at 1, two decimals. */
export function confidenceOf(history: History | null): Decision['confidence_scores'] {
  const similar = history?.similar ?? []
  const similarity = mean(similar.map(({ similarity_score }) => similarity_score))
  const velocity = history === null ? 0 : paceOf(history.velocity).confidence
  const success = successProbability(history) ?? 0
  const whole =
    (similar.length > 0 ? 0.3 : 0) +
    0.2 * similarity +
    (velocity > VELOCITY_COUNTS ? 0.3 * velocity : 0) +
    (success > SUCCESS_COUNTS ? 0.2 * success : 0)
  return {
    overall: Math.min(halfEven(tidy(whole), 2), 1),
    similarity: halfEven(similarity, 2),
    velocity: halfEven(velocity, 2),
    success_probability: halfEven(success, 2),
  }
}

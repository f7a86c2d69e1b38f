/** How the stand-in misbehaves when it is told to. */
import * as z from 'zod'

export const mode = z.strictObject({
  /** Every answer is a 503. */
  down: z.boolean().optional(),
  /** Connections are cut without an answer. */
  cut: z.boolean().optional(),
  /** Milliseconds before each answer. */
  delay_ms: z.int().min(0).max(600_000).optional(),
  /** Experts doubt whatever they are asked: pending_human, with an escalation. */
  low_confidence: z.boolean().optional(),
  /** A repeated request is done and answered anew, whatever its idempotency key. */
  duplicate: z.boolean().optional(),
  /** Answers are pages, not JSON. */
  non_json: z.boolean().optional(),
  /** Errors are wrapped in `detail`. */
  wrapped_errors: z.boolean().optional(),
  /** Work fails: `success: false`. */
  failing: z.boolean().optional(),
  /** Experts send questions on to somebody else. */
  reroute: z.boolean().optional(),
  /** Answers of a shape nobody promised. */
  malformed: z.boolean().optional(),
  /** Only the next so many calls misbehave; all of them when not said. */
  times: z.int().positive().optional(),
})

export type Mode = z.infer<typeof mode>

export interface Modes {
  set(next: Mode): void
  /** The mode of this call; one of `times` is used up by it. */
  take(): Mode
}

export function createModes(): Modes {
  let current: Mode = {}
  return {
    set(next) {
      current = next
    },
    take() {
      const { times, ...now } = current
      if (times !== undefined) current = times > 1 ? { ...current, times: times - 1 } : {}
      return now
    },
  }
}

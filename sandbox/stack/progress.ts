/** Decides how long a part that is starting is waited for: as long as it makes progress, within an absolute bound. */
import { type Instant, minutes, seconds } from '#lib/clock'
import type { Vitals } from './vitals.ts'

export interface Progress {
  readonly began: Instant
  /** When the last progress was seen. */
  readonly at: Instant
  readonly kind: 'start' | 'log' | 'cpu' | 'answer'
  /** As they were at the last progress. */
  readonly vitals: Vitals
  /** Every kind of answer so far, the newest last. */
  readonly heard: readonly string[]
}

export type Verdict = 'wait' | 'stuck' | 'overdue'

/** A part that shows no progress for this long is stuck. */
export const PATIENCE_MS = seconds(60)
/** Nothing takes longer on a machine that can run it at all. */
export const LONGEST_MS = minutes(10)
/** Less is what an idle program uses for its timers. */
const CPU_STEP_MS = 100

export function startOf(now: Instant, vitals: Vitals): Progress {
  return { began: now, at: now, kind: 'start', vitals, heard: [] }
}

/**
 * The progress after another look. An answer of a new kind is progress. A log that grows and processor time are progress
 * until the part answers: from then on, the questions themselves cause both.
 */
export function look(before: Progress, now: Instant, seen: Vitals, answer: string | undefined): Progress {
  if (answer !== undefined && !before.heard.includes(answer)) {
    return { ...before, at: now, kind: 'answer', vitals: seen, heard: [...before.heard, answer] }
  }
  if (before.heard.length > 0) return before
  if (seen.logSize > before.vitals.logSize) return { ...before, at: now, kind: 'log', vitals: seen }
  const isBusy = seen.cpuMs - before.vitals.cpuMs >= CPU_STEP_MS
  return isBusy ? { ...before, at: now, kind: 'cpu', vitals: seen } : before
}

export function judge({ began, at }: Progress, now: Instant): Verdict {
  if (now - began >= LONGEST_MS) return 'overdue'
  return now - at >= PATIENCE_MS ? 'stuck' : 'wait'
}

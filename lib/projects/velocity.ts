/** What a project's past sprints say about its pace. */
import { clamp, slope, tidy } from './numbers.ts'
import type { Velocity } from './ports.ts'

export type Trend = 'increasing' | 'decreasing' | 'stable' | 'unknown'

export interface Pace {
  /** Completed tasks more (or less) from each sprint to the next. */
  readonly slope: number
  readonly trend: Trend
  /** Sprints it is drawn from. */
  readonly sprints: number
  /** 0–1: min(sprints / 10, 1) · (1 − |slope|). */
  readonly confidence: number
}

/** One sprint makes no trend. */
const FEWEST = 2
/** So many sprints make a trend as sure as it gets. */
const PLENTY = 10
/** Tasks per sprint: less is noise. */
const NOISE = 0.1

export function paceOf({ points }: Velocity): Pace {
  const ordered = points.toSorted((a, b) => compare(a.start_date, b.start_date) || compare(a.sprint_id, b.sprint_id))
  const change = slope(ordered.map(({ completed_tasks }) => completed_tasks))
  const sprints = points.length
  if (sprints < FEWEST) return { slope: 0, trend: 'unknown', sprints, confidence: 0 }
  const confidence = tidy(clamp(Math.min(sprints / PLENTY, 1) * (1 - Math.abs(change)), 0, 1))
  return { slope: change, trend: trendOf(change), sprints, confidence }
}

function trendOf(change: number): Trend {
  if (change > NOISE) return 'increasing'
  return change < -NOISE ? 'decreasing' : 'stable'
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

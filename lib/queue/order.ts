/** Who is next: priority first, then age. And how wide to look when many workers ask at once. */
import type { Job, Priority } from './model.ts'
import { PRIORITIES } from './model.ts'

/** An issue that names no priority stands between `high` and `low`. */
const DEFAULT_PRIORITY: Priority = 'medium'
const PRIORITY_LABEL = /^priority:\s*(critical|high|medium|low)$/i

/** The most urgent priority among the labels; `priority:x` and `priority: x` both count. */
export function priorityOf(labels: readonly string[]): Priority {
  const named = labels.map((label) => PRIORITY_LABEL.exec(label.trim())?.[1]?.toLowerCase())
  return PRIORITIES.find((priority) => named.includes(priority)) ?? DEFAULT_PRIORITY
}

/** 0 for the most urgent. */
export function rank(priority: Priority): number {
  return PRIORITIES.indexOf(priority)
}

/** Negative when `a` is leased before `b`: the more urgent, then the older, then by repository and number. */
export function byUrgency(a: Job, b: Job): number {
  return (
    rank(a.facts.priority) - rank(b.facts.priority) ||
    a.facts.created_at - b.facts.created_at ||
    (a.key.repository < b.key.repository ? -1 : a.key.repository > b.key.repository ? 1 : a.key.number - b.key.number)
  )
}

/**
 * How many of the foremost jobs a claim picks from. One asker alone takes the very first; each lost race
 * widens it fourfold, each won one narrows it a little, so that n concurrent askers settle where few of them collide.
 */
export interface Spread {
  readonly width: number
}

/** With 64 askers who do nothing but ask, a pick among 384 loses about one race in nine. */
const WIDEST = 384
/** A first loss says that others are here: from then on it takes three more to be where 64 askers rarely collide. */
const WIDER = 8
const WIDENING = 4
/** A win narrows by a sixteenth: slow enough that a steady crowd does not collide again and again. */
const NARROWING = 15 / 16

export const NARROW: Spread = { width: 1 }

export function afterRace(spread: Spread, outcome: 'won' | 'lost'): Spread {
  const width = outcome === 'lost' ? Math.max(WIDER, spread.width * WIDENING) : spread.width * NARROWING
  return { width: Math.min(WIDEST, Math.max(1, width)) }
}

/**
 * How many jobs at the head of an ordered line are as urgent as the first: a claim picks from them. A crowd gives up age
 * for fewer collisions, urgency never.
 */
export function foremost(line: readonly Job[]): number {
  const end = line.findIndex(({ facts }) => facts.priority !== line[0]?.facts.priority)
  return end < 0 ? line.length : end
}

/**
 * Which of `count` ordered candidates to try. `chance` in [0, 1) decides inside the spread; a narrow spread is index 0.
 * Returns -1 when there is nothing to pick.
 */
export function pick(count: number, spread: Spread, chance: number): number {
  if (count === 0) return -1
  return Math.min(count - 1, Math.floor(chance * Math.min(count, Math.floor(spread.width))))
}

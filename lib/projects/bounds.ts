/** How much of what others say a decision is made from: it is stored with all of it, so it must stay small. */
import type { Availability, History } from './ports.ts'

const MOST_CONFLICTS = 200
const MOST_SIMILAR = 50
const MOST_POINTS = 60
const MOST_IMPEDIMENTS = 20
const TEXT_MAX = 300

export const short = (text: string): string => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text)

export function boundedAvailability({ status, conflicts }: Availability): Availability {
  return {
    status,
    conflicts: conflicts.slice(0, MOST_CONFLICTS).map(({ type, date, name, details }) => {
      return { type, date: short(date), name: short(name), details: short(details) }
    }),
  }
}

/** The latest sprints and the foremost of everything else. */
export function boundedHistory(history: History): History {
  const { similar, velocity, impediments, daily_scrums, retrospectives, unread } = history
  const points = velocity.points.toSorted((a, b) => (a.start_date < b.start_date ? -1 : 1))
  return {
    similar: similar.slice(0, MOST_SIMILAR),
    velocity: { points: points.slice(-MOST_POINTS), average: velocity.average },
    daily_scrums,
    retrospectives,
    impediments: impediments.slice(0, MOST_IMPEDIMENTS).map(short),
    ...(unread !== undefined && { unread }),
  }
}

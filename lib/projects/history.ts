/** The parts of what Chronicle knows of a project, each of which may be unreadable for itself. */
import type { History } from './ports.ts'

/** By these names warnings tell of them. */
export const PART = {
  similar: 'similar projects',
  velocity: 'velocity',
  /** Daily scrums and impediments at once. */
  patterns: 'patterns',
  retrospectives: 'retrospectives',
  scrums: 'number of daily scrums',
  impediments: 'impediments',
} as const

/** True when none of the parts is missing from the answer: their figures are what Chronicle holds, zero included. */
export function isRead({ unread = [] }: Pick<History, 'unread'>, ...parts: readonly (keyof typeof PART)[]): boolean {
  return !parts.some((part) => unread.includes(PART[part]))
}

/** Times as Kubernetes writes them. */
import { type Instant, toTimestamp } from '#lib/clock'

/** RFC 3339 in UTC, to the second. */
export function kubeTime(at: Instant): string {
  return toTimestamp(at).replace(/\.\d+Z$/, 'Z')
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** An age as `kubectl get` shows it: two units while it is young, one when it is old. */
export function ageOf(ms: number): string {
  const s = Math.floor(ms / 1000)
  if (s < -1) return '<invalid>'
  if (s < 2 * MINUTE) return `${Math.max(0, s)}s`
  if (s < 10 * MINUTE) return two(s, [MINUTE, 'm'], [1, 's'])
  if (s < 3 * HOUR) return `${Math.floor(s / MINUTE)}m`
  if (s < 8 * HOUR) return two(s, [HOUR, 'h'], [MINUTE, 'm'])
  if (s < 2 * DAY) return `${Math.floor(s / HOUR)}h`
  if (s < 8 * DAY) return two(s, [DAY, 'd'], [HOUR, 'h'])
  if (s < 2 * YEAR) return `${Math.floor(s / DAY)}d`
  if (s < 8 * YEAR) return two(s, [YEAR, 'y'], [DAY, 'd'])
  return `${Math.floor(s / YEAR)}y`
}

type Unit = readonly [seconds: number, letter: string]

function two(seconds: number, [big, bigLetter]: Unit, [small, smallLetter]: Unit): string {
  const rest = Math.floor((seconds % big) / small)
  return `${Math.floor(seconds / big)}${bigLetter}${rest === 0 ? '' : `${rest}${smallLetter}`}`
}

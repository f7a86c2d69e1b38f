/** Times as a person reads them: how long ago, how long still. */
import { fromTimestamp, hours, type Instant, minutes, seconds } from '#lib/clock'

const DAY = hours(24)

/** `3 min`, the largest unit that is whole. */
export function span(ms: number): string {
  if (ms < minutes(1)) return `${Math.max(0, Math.floor(ms / seconds(1)))} s`
  if (ms < hours(1)) return `${Math.floor(ms / minutes(1))} min`
  if (ms < DAY) return `${Math.floor(ms / hours(1))} h`
  return `${Math.floor(ms / DAY)} d`
}

/** `3 min ago`, `in 20 s`; a dash for a time that is not known. */
export function ago(time: string | null | undefined, now: Instant): string {
  const at = fromTimestamp(time ?? '')
  if (Number.isNaN(at)) return '–'
  return at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`
}

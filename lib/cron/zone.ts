/** Time zones: which names Kubernetes accepts, and local times as Go's `time` package computes them. */
import { LINKS } from './zone-links.ts'

/** A local time. Fields may be out of range where an instant is asked for: the 32nd is the next month's first. */
export interface Civil {
  readonly year: number
  /** 1 is January. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** 0 is Sunday. */
  readonly weekday: number
}

export interface Zone {
  /** The local time at `at`, in seconds since 1970. */
  local(at: number): Civil
  /**
   * The instant of a local time, as Go's `time.Date` chooses it where the clocks change: an hour that is skipped is read
   * with the offset before or after, one that comes twice with either.
   */
  instant(t: Civil): number
}

export const midnight = (year: number, month: number, day: number): Civil => ({
  year,
  month,
  day,
  hour: 0,
  minute: 0,
  second: 0,
  weekday: 0,
})

const PART = /^[A-Za-z._0-9+-]{1,14}$/
const LONGEST_NAME = 255
const DAY = 86_400
/** Days of offsets that are kept per zone, and zones that are kept. */
const MAX_DAYS = 4_000
const MAX_ZONES = 50

let names: ReadonlySet<string> | undefined

/** Why Kubernetes refuses the name of a time zone, in the words of its API server; undefined when it takes it. */
export function zoneFault(name: string): string | undefined {
  if (name === '') return 'timeZone must be nil or non-empty string'
  if (/^local$/i.test(name)) {
    return 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
  }
  const isName =
    name.length <= LONGEST_NAME && name.split('/').every((part) => PART.test(part) && !part.startsWith('-'))
  return isName && zoneNames().has(name) ? undefined : `unknown time zone ${name}`
}

/** The name that differs from this one in case only; undefined when there is none. */
export function zoneLike(name: string): string | undefined {
  const lower = name.toLowerCase()
  return name.length > LONGEST_NAME ? undefined : [...zoneNames()].find((known) => known.toLowerCase() === lower)
}

/** Names are files to Kubernetes: their case counts. `Intl` ignores case and lists no links. */
function zoneNames(): ReadonlySet<string> {
  names ??= new Set([...Intl.supportedValuesOf('timeZone'), ...LINKS])
  return names
}

const zones = new Map<string, Zone>()

/** Throws `RangeError` for a name that is none. */
export function zoneOf(name: string): Zone {
  const kept = zones.get(name)
  if (kept !== undefined) return kept
  if (zoneFault(name) !== undefined) throw new RangeError(`unknown time zone ${name}`)
  const zone = createZone(name === 'UTC' ? () => 0 : offsets(name))
  if (zones.size >= MAX_ZONES) zones.clear()
  zones.set(name, zone)
  return zone
}

function createZone(offsetAt: (at: number) => number): Zone {
  return {
    local(at) {
      const shifted = new Date((at + offsetAt(at)) * 1000)
      return {
        year: shifted.getUTCFullYear(),
        month: shifted.getUTCMonth() + 1,
        day: shifted.getUTCDate(),
        hour: shifted.getUTCHours(),
        minute: shifted.getUTCMinutes(),
        second: shifted.getUTCSeconds(),
        weekday: shifted.getUTCDay(),
      }
    },
    instant({ year, month, day, hour, minute, second }) {
      const naive = Date.UTC(year, month - 1, day, hour, minute, second) / 1000
      // Go looks the offset up at the local time as if it were UTC, and once more at what comes out.
      return naive - offsetAt(naive - offsetAt(naive))
    },
  }
}

/** Seconds east of UTC. Clocks change at most once a day, so that a day with equal ends has one offset. */
function offsets(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const days = new Map<number, number>()
  const atDay = (day: number): number => {
    const kept = days.get(day)
    if (kept !== undefined) return kept
    if (days.size >= MAX_DAYS) days.clear()
    const offset = readOffset(format.format(day * DAY * 1000))
    days.set(day, offset)
    return offset
  }
  return (at) => {
    const day = Math.floor(at / DAY)
    const offset = atDay(day)
    return offset === atDay(day + 1) ? offset : readOffset(format.format(at * 1000))
  }
}

/** From `1/31/2026, GMT-03:30`; UTC itself is written `GMT`. */
function readOffset(text: string): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /GMT(?:([+-])(\d{1,2}):?(\d{2})?(?::(\d{2}))?)?$/.exec(text) ?? []
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return sign === '-' ? -size : size
}

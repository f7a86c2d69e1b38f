/** One field of a cron expression, read as robfig/cron v3 reads it (`getField` and `getRange` in its parser.go). */

export type FieldName = 'minute' | 'hour' | 'day of month' | 'month' | 'day of week'

export interface Field {
  /** 1 at every value that the field allows. */
  readonly allows: Uint8Array
  /** A `*` or `?` without a step above 1: with one in a day field, both day fields must match instead of either. */
  readonly star: boolean
}

interface Bounds {
  readonly min: number
  readonly max: number
  /** Lower-case names; the first stands for `min`. */
  readonly names: readonly string[]
}

/** Thrown while a field is read; the message is the one of the library that Kubernetes uses. */
export class FieldError extends Error {}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const BOUNDS: Readonly<Record<FieldName, Bounds>> = {
  minute: { min: 0, max: 59, names: [] },
  hour: { min: 0, max: 23, names: [] },
  'day of month': { min: 1, max: 31, names: [] },
  month: { min: 1, max: 12, names: MONTHS },
  'day of week': { min: 0, max: 6, names: DAYS },
}

/** A comma-separated list of ranges. Empty items are skipped, so that `,` is a field that allows nothing. */
export function parseField(name: FieldName, text: string): Field {
  const bounds = BOUNDS[name]
  const allows = new Uint8Array(bounds.max + 1)
  let star = false
  for (const item of text.split(',')) {
    if (item === '') continue
    const range = parseRange(item, bounds)
    star ||= range.star
    if (range.step === 1) allows.fill(1, range.start, range.end + 1)
    else for (let value = range.start; value <= range.end; value += range.step) allows[value] = 1
  }
  return { allows, star }
}

interface Range {
  readonly start: number
  readonly end: number
  readonly step: number
  readonly star: boolean
}

function parseRange(item: string, bounds: Bounds): Range {
  const slash = item.indexOf('/')
  const limits = slash === -1 ? item : item.slice(0, slash)
  const hyphen = limits.indexOf('-')
  const low = hyphen === -1 ? limits : limits.slice(0, hyphen)
  const isStar = low === '*' || low === '?'
  const start = isStar ? bounds.min : parseValue(low, bounds)
  const last = isStar ? bounds.max : hyphen === -1 ? start : parseHigh(limits.slice(hyphen + 1), item, bounds)
  if (slash === -1) return checked({ start, end: last, step: 1, star: isStar }, bounds, item)
  if (item.includes('/', slash + 1)) throw new FieldError(`too many slashes: ${item}`)
  const step = parseNumber(item.slice(slash + 1))
  // `5/15` means from 5 to the end of the field.
  const end = hyphen === -1 ? bounds.max : last
  return checked({ start, end, step, star: isStar && step <= 1 }, bounds, item)
}

function parseHigh(text: string, item: string, bounds: Bounds): number {
  if (text.includes('-')) throw new FieldError(`too many hyphens: ${item}`)
  return parseValue(text, bounds)
}

function checked(range: Range, { min, max }: Bounds, item: string): Range {
  const { start, end, step } = range
  if (start < min) throw new FieldError(`beginning of range (${start}) below minimum (${min}): ${item}`)
  if (end > max) throw new FieldError(`end of range (${end}) above maximum (${max}): ${item}`)
  if (start > end) throw new FieldError(`beginning of range (${start}) beyond end of range (${end}): ${item}`)
  if (step === 0) throw new FieldError(`step of range should be a positive number: ${item}`)
  return range
}

function parseValue(text: string, { min, names }: Bounds): number {
  // No name is longer than three letters: a long text is not worth a copy in lower case.
  const at = text.length === 3 ? names.indexOf(text.toLowerCase()) : -1
  return at === -1 ? parseNumber(text) : min + at
}

/** The largest number that Go's `strconv.Atoi` returns. */
const MAX_INT = 2n ** 63n - 1n
const MAX_DIGITS = 19

/** As Go's `strconv.Atoi`: decimal digits with an optional sign. */
function parseNumber(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  const failed = (why: string) =>
    new FieldError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`)
  if (!/^[+-]?[0-9]+$/.test(text)) throw failed('invalid syntax')
  const digits = text.replace(/^[+-]?0*/, '')
  if (digits.length > MAX_DIGITS || BigInt(digits) > MAX_INT) throw failed('value out of range')
  const value = Number(digits)
  if (text.startsWith('-') && value > 0) throw new FieldError(`negative number (-${digits}) not allowed: ${text}`)
  return value
}

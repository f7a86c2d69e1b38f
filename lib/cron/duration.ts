/** Durations of `@every`, as Go's `time.ParseDuration` reads them. */

/** Seconds of each unit. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
}
/** Go counts nanoseconds in a signed 64-bit number. */
const MAX_SECONDS = 2 ** 63 / 1e9
const PART = /([0-9]*)(\.[0-9]*)?([^0-9.]*)/y

/** Seconds, or what Go says is wrong with it. */
export function parseDuration(text: string): number | { readonly fault: string } {
  const unsigned = text.replace(/^[+-]/, '')
  if (unsigned === '0') return 0
  let sum = unsigned === '' ? Number.POSITIVE_INFINITY : 0
  PART.lastIndex = 0
  while (PART.lastIndex < unsigned.length && sum < MAX_SECONDS) {
    const part = partOf(PART.exec(unsigned) ?? [])
    if (typeof part === 'string') return { fault: `time: ${part} in duration ${JSON.stringify(text)}` }
    sum += part
  }
  if (sum >= MAX_SECONDS) return { fault: `time: invalid duration ${JSON.stringify(text)}` }
  return text.startsWith('-') ? -sum : sum
}

/** Seconds of one number with its unit; infinite when it has no digit; what is wrong with its unit. */
function partOf([, whole = '', fraction = '', unit = '']: readonly string[]): number | string {
  if (whole === '' && fraction.length < 2) return Number.POSITIVE_INFINITY
  if (unit === '') return 'missing unit'
  const size = UNITS[unit]
  if (size === undefined) return `unknown unit ${JSON.stringify(unit)}`
  return Number(`${whole || '0'}${fraction.length > 1 ? fraction : ''}`) * size
}

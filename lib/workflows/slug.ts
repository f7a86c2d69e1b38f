/** Names of features that were started without one: `007-add-a-coupon-field`. */

/** Room for a number of ten digits within the 80 characters of a feature id. */
const SLUG_MAX = 40
const NUMBER_DIGITS = 3

/** The words of a description as part of a name; never empty, whatever the description is written in. */
export function slugOf(description: string): string {
  const plain = description
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
  const whole = plain.slice(0, SLUG_MAX)
  const cut = plain.length > SLUG_MAX && whole.includes('-') ? whole.slice(0, whole.lastIndexOf('-')) : whole
  return cut.replace(/(?<!-)-+$/, '') || 'feature'
}

export function featureIdOf(number: number, description: string): string {
  return `${String(number).padStart(NUMBER_DIGITS, '0')}-${slugOf(description)}`
}

/** The few pieces of DER (X.690) that a certificate is made of. */

type Bytes = Buffer

const tagged = (tag: number, ...parts: readonly Bytes[]): Bytes => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

function lengthOf(length: number): Bytes {
  if (length < 0x80) return Buffer.from([length])
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

export const sequence = (...parts: readonly Bytes[]): Bytes => tagged(0x30, ...parts)
export const set = (...parts: readonly Bytes[]): Bytes => tagged(0x31, ...parts)
export const boolean = (value: boolean): Bytes => tagged(0x01, Buffer.from([value ? 0xff : 0]))
export const octets = (content: Bytes): Bytes => tagged(0x04, content)
export const bits = (content: Bytes, unused = 0): Bytes => tagged(0x03, Buffer.from([unused]), content)
export const utf8 = (text: string): Bytes => tagged(0x0c, Buffer.from(text))
/** A context-specific tag around whole values. */
export const explicit = (number: number, ...parts: readonly Bytes[]): Bytes => tagged(0xa0 + number, ...parts)
/** A context-specific tag in place of a primitive value's own. */
export const implicit = (number: number, content: Bytes): Bytes => tagged(0x80 + number, content)

/** A positive integer. */
export function integer(magnitude: Bytes): Bytes {
  const isNegative = ((magnitude[0] ?? 0) & 0x80) !== 0
  return tagged(0x02, isNegative ? Buffer.concat([Buffer.from([0]), magnitude]) : magnitude)
}

/** RFC 5280 wants this form of time until 2049. */
export function utcTime(at: Date): Bytes {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return tagged(0x17, Buffer.from(digits.slice(2)))
}

export function objectId(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

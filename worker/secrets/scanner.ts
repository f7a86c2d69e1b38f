/** Looks for secrets in bytes that pass by in chunks, in linear time and without keeping more than the longest secret. */
import { splitForms, squeeze } from './needles.ts'

export interface Scanner {
  write(chunk: Buffer): void
  /** One of the secrets has passed by. */
  found(): boolean
}

/** `forms` are what is looked for; the longer ones also in several parts, as over the lines of wrapped base64. */
export function createScanner(forms: readonly string[]): Scanner {
  const whole = createSearch(forms.map(asBytes))
  const split = createSearch(splitForms(forms).map(asBytes))
  let found = false
  return {
    write(chunk) {
      if (found) return
      const text = chunk.toString('latin1')
      found = whole(text) || split(squeeze(text))
    },
    found: () => found,
  }
}

/** One character per byte, as the chunks are read. */
const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** True when one of `needles` ends in this piece of the text. */
function createSearch(needles: readonly string[]): (piece: string) => boolean {
  const overlap = Math.max(0, ...needles.map((needle) => needle.length)) - 1
  let tail = ''
  return (piece) => {
    const text = tail + piece
    tail = overlap > 0 ? text.slice(-overlap) : ''
    return needles.some((needle) => text.includes(needle))
  }
}

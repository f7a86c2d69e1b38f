/** Finds and masks credentials in text that is about to be stored, logged or published. Pure, in linear time. */
import { SHAPES, type Shape } from './shapes.ts'

/** Where a credential stands, in UTF-16 units. */
export interface SecretFound {
  /** What it is, e.g. `github-token`. */
  readonly kind: string
  readonly index: number
  readonly length: number
}

const MASK = '***'

/** Every credential in `text`, in order and without overlaps; of two that overlap, one from the first's start to the last's end. */
export function findSecrets(text: string): readonly SecretFound[] {
  const found = SHAPES.flatMap((shape) => matches(text, shape))
  return merged(found.sort((a, b) => a.index - b.index || b.length - a.length))
}

/** The same text with every credential replaced by `***`. Masking twice changes nothing. */
export function maskSecrets(text: string): string {
  return replaced(text, () => MASK)
}

/** As `maskSecrets`, for lines that belong together: a credential over several lines is found, and no line is lost. */
export function maskLines(lines: readonly string[]): readonly string[] {
  return replaced(lines.join('\n'), (secret) => secret.replaceAll(/[^\n]+/g, MASK)).split('\n')
}

function replaced(text: string, by: (secret: string) => string): string {
  let clean = ''
  let at = 0
  for (const { index, length } of findSecrets(text)) {
    clean += text.slice(at, index) + by(text.slice(index, index + length))
    at = index + length
  }
  return clean + text.slice(at)
}

function matches(text: string, { kind, regex, accepts }: Shape): SecretFound[] {
  const found: SecretFound[] = []
  for (const match of text.matchAll(regex)) {
    const [whole, kept = '', secret = whole] = match
    if (accepts && !accepts(secret)) continue
    found.push({ kind, index: match.index + (match[2] === undefined ? 0 : kept.length), length: secret.length })
  }
  return found
}

function merged(found: readonly SecretFound[]): readonly SecretFound[] {
  const apart: SecretFound[] = []
  for (const next of found) {
    const last = apart.at(-1)
    if (last === undefined || next.index >= last.index + last.length) apart.push(next)
    else apart[apart.length - 1] = { ...last, length: Math.max(last.length, next.index + next.length - last.index) }
  }
  return apart
}

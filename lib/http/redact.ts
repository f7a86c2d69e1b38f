/** Keeps secrets out of log lines: by the name they stand under and by what they look like. */
import { maskLines, maskSecrets } from '#lib/secrets/secrets'

const HIDDEN = '***'
/** No log line needs more of one text than this. */
const TEXT_MAX = 4_000
/** Read beyond the cut, so that a credential on it is seen whole. */
const MARGIN = 4_000
const SECRET_NAME =
  /authorization|cookie|secret|passw|api[-_]?key|private[-_]?key|signature|credential|(?:^|[-_])token$/i
/** In a log, unlike in prose, the word is always of a header. */
const HEADER = /\b((?:bearer|basic) +)[A-Za-z0-9._~+/=-]+/gi

/** The text with everything that looks like a secret replaced, and bounded. */
export function redactText(text: string): string {
  return bounded(maskSecrets(text.slice(0, TEXT_MAX + MARGIN)).replace(HEADER, `$1${HIDDEN}`))
}

/** The same for the lines of one log: a credential over several lines is found, and no line is lost. */
export function redactLines(lines: readonly string[]): readonly string[] {
  return maskLines(lines.map((line) => line.slice(0, TEXT_MAX + MARGIN))).map(redactText)
}

function bounded(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text
}

/** One member of a log line, as a JSON replacer: text under a secret's name disappears, all other text is cleaned. */
export function redact(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return SECRET_NAME.test(name) && Array.isArray(value) ? HIDDEN : value
  return SECRET_NAME.test(name) ? HIDDEN : redactText(value)
}

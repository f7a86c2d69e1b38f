/** Untrusted text made safe to keep and to show: well-formed, without secrets, unable to act as markup. Pure. */

/** Invisible; put into a word it keeps the word readable and stops GitHub from acting on it. */
export const JOINER = '\u200d'

/** Text that every store and encoder accepts: no NUL, no half of a surrogate pair. */
export function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '')
}

const MASK = '***'
/** Shapes of credentials that agents and tools are seen to print, each with what stays of it. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,})/g, MASK],
  [/\bsk-[\w-]{16,}/g, MASK],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, MASK],
  [/\bxox[abprs]-[\w-]{10,}/g, MASK],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g, MASK],
  [/(\bhttps?:\/\/)[^\s/@]+@/g, `$1${MASK}@`],
  [/(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi, `$1${MASK}`],
  [/((?:token|secret|passw(?:or)?d|api[_-]?key|access[_-]?key)["']?\s*[:=]\s*["']?)[^\s"',;]{4,}/gi, `$1${MASK}`],
]

/** The same text with everything that looks like a credential replaced by `***`. */
export function maskSecrets(text: string): string {
  return SECRETS.reduce((masked, [shape, kept]) => masked.replaceAll(shape, kept), text)
}

/** The longest run of backticks that `defuse` leaves; a longer fence cannot be closed from inside. */
const LONGEST_BACKTICKS = 3
export const FENCE = '`'.repeat(LONGEST_BACKTICKS + 1)

/** Text that notifies nobody, opens no HTML comment and closes no fence. */
export function defuse(text: string): string {
  return text
    .replaceAll('@', `@${JOINER}`)
    .replaceAll('<!--', `<${JOINER}!--`)
    .replaceAll(/`{3}(?=`)/g, `\`\`\`${JOINER}`)
}

/** At most `length` characters, the middle left out: errors tell most at their start and their end. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text
  const gap = '\n[…]\n'
  const half = Math.floor((length - gap.length) / 2)
  return `${text.slice(0, half)}${gap}${text.slice(-half)}`.toWellFormed()
}

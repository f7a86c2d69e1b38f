/** Untrusted text made safe to keep and to show: well-formed, unable to act as markup. Pure. */

/** Invisible; put into a word it keeps the word readable and stops GitHub from acting on it. */
export const JOINER = '\u200d'

/** Text that every store and encoder accepts: no NUL, no half of a surrogate pair. */
export function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '')
}

/** A page's head and first sentences. */
const PAGE_READ = 20_000

/** The words of a web page, without its markup, styles and scripts. */
export function textOf(html: string): string {
  return html
    .slice(0, PAGE_READ)
    .replaceAll(/<(style|script)\b[^<>]*>[^<]*<\/\1>/gi, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
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

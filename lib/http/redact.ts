/** Keeps secrets out of log lines: by the name they stand under and by what they look like. */

const HIDDEN = '***'
/** No log line needs more of one text than this. */
const TEXT_MAX = 4_000
const SECRET_NAME =
  /authorization|cookie|secret|passw|api[-_]?key|private[-_]?key|signature|credential|(?:^|[-_])token$/i

/** What secrets look like. Each pattern is linear: no repetition inside a repetition. */
const SECRET_LOOKS: readonly RegExp[] = [
  /\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]+/g,
  /\bsk-[A-Za-z0-9_-]{8,}/g,
  /\bcxw_[0-9a-f]{16}_[A-Za-z0-9_-]+/g,
  /\bxox[a-z]-[A-Za-z0-9-]+/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\b(?:Bearer|Basic) +[A-Za-z0-9._~+/=-]+/gi,
  /\/\/[^/@\s]{1,200}@/g,
  /\b(?:hooks\.slack\.com\/services|discord(?:app)?\.com\/api\/webhooks)\/[^\s"']+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*/g,
]

/** The text with everything that looks like a secret replaced, and bounded. */
export function redactText(text: string): string {
  const bounded = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text
  return SECRET_LOOKS.reduce((clean, look) => clean.replace(look, HIDDEN), bounded)
}

/** One member of a log line, as a JSON replacer: text under a secret's name disappears, all other text is cleaned. */
export function redact(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return SECRET_NAME.test(name) && Array.isArray(value) ? HIDDEN : value
  return SECRET_NAME.test(name) ? HIDDEN : redactText(value)
}

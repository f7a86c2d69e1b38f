/** Secrets in text: found by their form, and never repeated. */
import type { Rule } from './rules.ts'

/** Characters of a secret that are shown: enough to know which, and part of its form. */
const SHOWN = 4
/** Fewer different characters than this after the prefix keep a place for a secret: `ghp_xxxxxxxx…`. */
const LEAST_DIFFERENT = 5

export function masked(secret: string): string {
  return `${secret.slice(0, SHOWN)}… (${secret.length} characters)`
}

/** True for what only has the form of a secret. Published examples are no filler: nobody can tell them from real ones. */
export function isFiller(secret: string): boolean {
  return new Set(secret.slice(SHOWN)).size < LEAST_DIFFERENT
}

/** The text with the letters and digits of every secret replaced, each by one, so that what surrounds it reads as before. */
export function withoutSecrets(text: string, rules: readonly Rule[]): string {
  const filled = (secret: string) => secret.slice(0, SHOWN) + secret.slice(SHOWN).replaceAll(/[A-Za-z0-9]/g, 'x')
  return rules.reduce((clean, { regex }) => clean.replaceAll(regex, filled), text)
}

/** Secrets in text: found by their form, and never repeated. */
import { findSecrets, type SecretFound } from '#lib/secrets/secrets'
import type { PolicyRules } from './rules.ts'

/** Characters of a secret that are shown, at most a quarter: enough to know which, and part of its form. */
const SHOWN = 4
/** Fewer different characters than this after the prefix keep a place for a secret: `ghp_xxxxxxxx…`. */
const LEAST_DIFFERENT = 5
/** Passwords of addresses in examples; shorter than any filler, so they are known by their words. */
const EXAMPLE_PASSWORD =
  /^(?:pass(?:word|wd)?|pwd|secret|change[-_]?me|example|user(?:name)?|postgres|root|token|placeholder|your[-_]\w{1,30}|[x*.]+|<[^>]{1,40}>)$/i

export function masked(secret: string): string {
  return `${secret.slice(0, shownOf(secret))}… (${secret.length} characters)`
}

/** True for what only has the form of a secret. Published examples are no filler: nobody can tell them from real ones. */
export function isFiller(secret: string, kind = ''): boolean {
  if (kind === 'url-password') return EXAMPLE_PASSWORD.test(secret)
  return new Set(secret.slice(SHOWN)).size < LEAST_DIFFERENT
}

/** The known secrets of a text whose kinds count. */
export function knownSecrets(text: string, kinds: readonly string[]): readonly SecretFound[] {
  return kinds.length === 0 ? [] : findSecrets(text).filter(({ kind }) => kinds.includes(kind))
}

/** The text with the letters and digits of every secret replaced, each by one, so that what surrounds it reads as before. */
export function withoutSecrets(text: string, { secrets, kinds }: Pick<PolicyRules, 'secrets' | 'kinds'>): string {
  let clean = ''
  let at = 0
  for (const { index, length } of knownSecrets(text, kinds)) {
    clean += text.slice(at, index) + filled(text.slice(index, index + length))
    at = index + length
  }
  return secrets.reduce((rest, { regex }) => rest.replaceAll(regex, filled), clean + text.slice(at))
}

function filled(secret: string): string {
  const shown = shownOf(secret)
  return secret.slice(0, shown) + secret.slice(shown).replaceAll(/[A-Za-z0-9]/g, 'x')
}

function shownOf({ length }: string): number {
  return Math.min(SHOWN, Math.floor(length / 4))
}

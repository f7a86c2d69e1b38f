/** Keeps secrets out of what the worker writes down: logs, reports and errors. */
import { maskSecrets } from '#lib/secrets/secrets'

export type Mask = (text: string) => string

const MASKED = '***'

/** Shorter values are too likely to be ordinary words. */
const SHORTEST_SECRET = 6

/** Every form in which one of `secrets` may show: as it is, URL-encoded, in base64, and as Git's basic credentials. */
export function formsOf(secrets: readonly string[]): readonly string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET)
  return long.flatMap((s) => [s, encodeURIComponent(s), base64(s), base64(basicCredentials(s))])
}

/** User and password as GitHub takes a token over Git's HTTP. */
export function basicCredentials(token: string): string {
  return `x-access-token:${token}`
}

/** A function that replaces each of `secrets`, and whatever looks like a credential, by `***`. */
export function createMask(secrets: readonly string[]): Mask {
  const known = [...new Set(formsOf(secrets))]
  known.sort((a, b) => b.length - a.length)
  return (text) => {
    const rest = known.reduce((rest, secret) => rest.replaceAll(secret, MASKED), text)
    return maskSecrets(rest)
  }
}

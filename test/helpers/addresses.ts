/** The addresses of a test's own servers, as ALLOW_PRIVATE_URLS would list them. */
import { placeOfUrl } from '#lib/upstream/addresses'

/** Lists `host:port` of each URL; what is missing is left out. */
export function listing(...urls: readonly (string | null | undefined)[]): { readonly allowed: string[] } {
  return { allowed: urls.flatMap((url) => (url == null ? [] : [placeOfUrl(new URL(url))])) }
}

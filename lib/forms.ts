/** Forms that several settings have: schemas of zod/mini for one variable, each with a sentence that says what is right. */
import * as z from 'zod/mini'

/** Credentials and names of models travel in headers and requests, where a space or a control character breaks them. */
export const word = z.string().check(z.regex(/^[\x21-\x7e]{1,16384}$/, 'must be one word of visible ASCII characters'))

export const optionalWord = z.optional(word)

/** RFC 1123, as Kubernetes takes it for namespaces. */
export const dnsLabel = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
      'must be a DNS label: lower-case letters, digits and hyphens, at most 63, e.g. dsm',
    ),
  )

/** RFC 1123, as Kubernetes takes it for service accounts and secrets. */
export const dnsName = z
  .string()
  .check(
    z.refine(
      (text) =>
        text.length <= 253 && text.split('.').every((label) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label)),
      'must be a DNS name: lower-case letters, digits, hyphens and dots, e.g. my-account',
    ),
  )

const IMAGE_PART = /^[a-z0-9]+(?:[._-][a-z0-9]+|__[a-z0-9]+|-{2,}[a-z0-9]+)*$/
const IMAGE_TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const IMAGE_DIGEST = /^[a-z0-9+._-]{1,32}:[0-9a-f]{32,128}$/
const REGISTRY = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

/** A reference of a container image, as Docker reads it: `[registry/]name[:tag][@digest]`. */
export const image = z.string().check(z.refine(isImage, 'must be a container image, e.g. curlimages/curl:8.11.1'))

export function isImage(text: string): boolean {
  if (text.length > 512) return false
  const [tagged = '', digest, ...rest] = text.split('@')
  if (rest.length > 0 || (digest !== undefined && !IMAGE_DIGEST.test(digest))) return false
  const colon = tagged.lastIndexOf(':')
  const hasTag = colon > tagged.lastIndexOf('/')
  if (hasTag && !IMAGE_TAG.test(tagged.slice(colon + 1))) return false
  const [first = '', ...parts] = (hasTag ? tagged.slice(0, colon) : tagged).split('/')
  if (parts.length === 0) return IMAGE_PART.test(first)
  return (IMAGE_PART.test(first) || REGISTRY.test(first)) && parts.every((part) => IMAGE_PART.test(part))
}

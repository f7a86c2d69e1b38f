/** Validators of an answer. GitHub derives them from the body alone: a list that grew a page keeps the ETag of its first. */
import { createHash } from 'node:crypto'

/** Strong for the bytes as they are, weak for a caller who takes them compressed, as GitHub's edge gives them out. */
export function etagOf(body: string, acceptEncoding: string): string {
  const tag = `"${createHash('sha256').update(body).digest('hex')}"`
  return /\bgzip\b/.test(acceptEncoding) ? `W/${tag}` : tag
}

/** RFC 9110 §13.1.2: the weak comparison, against any of a list. */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const bare = (tag: string): string => tag.trim().replace(/^W\//, '')
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => bare(tag) === bare(etag))
}

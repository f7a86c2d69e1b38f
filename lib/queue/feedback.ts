/** What reviewers said, as one bounded text for the worker that goes on with the work. All of it is untrusted. Pure. */
import type { Word } from './review.ts'
import { isNewer } from './review.ts'
import type { PullLook, PullRemark, PullReview } from './review-ports.ts'

/** What the worker's command is given at most, in bytes of UTF-8: some two thousand words. */
export const FEEDBACK_BYTES = 8_192
/** One person's text must not push everybody else's out. */
const EACH_BYTES = 4_096
const ELLIPSIS = '\n[…]'
/** Said where reviewers asked for changes without saying which. */
export const NO_FEEDBACK = 'Changes were requested without a word about which. Look at the pull request.'

/** What a look at a pull request amounts to, and the reviews that say so. */
export interface Verdict {
  readonly word: Word
  readonly reviews: readonly PullReview[]
}

/** Whose reviews have to be judged: everybody who decided something or said something, each once. */
export function reviewersOf({ reviews }: Extract<PullLook, { kind: 'seen' }>): readonly string[] {
  return [...new Set(reviews.map(({ author }) => author))]
}

/**
 * The verdict of those who `mayReview`, each by his latest decision: one who asks for changes outweighs any who approve.
 * Undefined when nobody has decided, or when one who asked for changes before the fence `since` has yet to look again.
 */
export function verdictOf(
  look: Extract<PullLook, { kind: 'seen' }>,
  since: Pick<Word, 'at' | 'id'>,
  { now, mayReview }: { readonly now: number; readonly mayReview: (author: string) => boolean },
) {
  if (look.merged_at !== null) return ended('merged', look.merged_at)
  if (look.state === 'closed') return ended('closed', now)
  const trusted = look.reviews.filter(({ author }) => mayReview(author))
  const latest = new Map(trusted.filter(({ state }) => state !== 'commented').map((review) => [review.author, review]))
  const decided = [...latest.values()]
  const asking = decided.filter(({ state }) => state === 'changes_requested')
  const fresh = asking.filter((review) => isNewer(placeOf(review), since))
  if (fresh.length > 0) {
    const said = trusted.filter(({ state }) => state === 'commented' || state === 'changes_requested')
    return verdict(
      'changes_requested',
      fresh,
      said.filter((review) => isNewer(placeOf(review), since)),
    )
  }
  const approving = decided.filter(({ state }) => state === 'approved')
  return asking.length > 0 || approving.length === 0 ? undefined : verdict('approved', approving, approving)
}

/** The reviews' texts and the remarks that belong to them, each under its author's name. */
export function feedbackOf(reviews: readonly PullReview[], remarks: readonly PullRemark[]): string {
  const parts = reviews.flatMap((review) => [
    ...(review.body.trim() === '' ? [] : [`${nameOf(review.author)} wrote:\n${trimmed(review.body)}`]),
    ...remarks.filter((remark) => remark.review === review.id).map(remarked),
  ])
  return boundedFeedback(parts.join('\n\n'))
}

/** A text that is kept whole if it is short, and says something if it is empty. */
export function boundedFeedback(text: string): string {
  const said = text.toWellFormed().replaceAll('\0', '').trim()
  return said === '' ? NO_FEEDBACK : cut(said, FEEDBACK_BYTES)
}

function remarked({ author, path, line, body }: PullRemark): string {
  const place = line === null ? path : `${path}, line ${line}`
  return `${nameOf(author)} on ${oneLine(place)}:\n${trimmed(body)}`
}

const nameOf = (author: string): string => `@${oneLine(author)}`
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 300).toWellFormed()
const trimmed = (body: string): string => cut(body.toWellFormed().trim(), EACH_BYTES)
const placeOf = ({ submitted_at, id }: PullReview): Pick<Word, 'at' | 'id'> => ({ at: submitted_at, id })

function ended(verdict: 'merged' | 'closed', at: number): Verdict {
  return { word: { verdict, at, id: 0 }, reviews: [] }
}

function verdict(word: Word['verdict'], decisive: readonly PullReview[], reviews: readonly PullReview[]): Verdict {
  const newest = [...decisive, ...reviews].map(placeOf).reduce((a, b) => (isNewer(b, a) ? b : a))
  return { word: { verdict: word, ...newest }, reviews }
}

/** The beginning of a text, at most `most` bytes, cut between characters. */
function cut(text: string, most: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return text
  let end = most - Buffer.byteLength(ELLIPSIS)
  // Bytes of the form 10xxxxxx go on with a character that began before them.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.subarray(0, end).toString() + ELLIPSIS
}

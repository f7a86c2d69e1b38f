/** From what a reviewer answered to votes: what is out of bounds is void, the shuffle is undone. */
import type { Review } from './model.ts'
import type { Vote } from './run.ts'

/** A critique longer than this helps nobody and costs every author its reading. */
const CRITIQUE_MAX = 8_000
/** Dimensions of a rubric. */
const SCORES_MAX = 50
const DIMENSION_MAX = 200

/**
 * The votes of a reviewer on `authors` in the order it saw them. A number that was not shown, a second vote on the same
 * proposal and scores outside 0…1 are void; a vote for its own proposal cannot be said, since that has no number.
 */
export function votesOf(reviews: readonly Review[], authors: readonly string[]): readonly Vote[] {
  const votes = new Map<string, Vote>()
  for (const review of reviews) {
    const author = authors[review.proposal - 1]
    if (author === undefined || votes.has(author) || !isValid(review.scores)) continue
    const critique = String(review.critique ?? '')
      .slice(0, CRITIQUE_MAX)
      .toWellFormed()
      .trim()
    votes.set(author, { agent_id: author, proposal: review.proposal, scores: { ...review.scores }, critique })
  }
  return [...votes.values()]
}

function isValid(scores: unknown): boolean {
  if (typeof scores !== 'object' || scores === null) return false
  const entries = Object.entries(scores)
  if (entries.length === 0 || entries.length > SCORES_MAX) return false
  return entries.every(([name, score]) => isDimension(name) && isScore(score))
}

/** A name that is no member of a stored map would be lost there, and the votes would recount to something else. */
function isDimension(name: string): boolean {
  return name.length <= DIMENSION_MAX && name !== '__proto__' && name.isWellFormed()
}

function isScore(score: unknown): boolean {
  return typeof score === 'number' && score >= 0 && score <= 1
}

/** Scores and ranks of proposals, from checks and votes: a pure function of the stored outputs, so that anybody may recount. */
import type { Book } from './book.ts'
import type { CheckSuite } from './model.ts'
import { borda, mean, rubric } from './peers.ts'
import type { Parts, Ranked } from './run.ts'

/**
 * What a part counts for. Checks and peers weigh the same: machines find what is broken, peers find what is better. The
 * peers' order weighs more than their marks, which every reviewer gives on a scale of its own; as long as it does, a
 * proposal that every peer puts first cannot lose to its equal in checks.
 */
export const WEIGHTS = { checks: 0.4, peer_rank: 0.4, rubric: 0.2 } as const
/** An author whom no valid ballot mentions while others have votes stands in the middle. */
const UNKNOWN = 0.5
/** Scores are rounded to this many parts, so that equal work ties exactly. */
const PRECISION = 1e6

/** Proposals in the order of their ranks: those that pass policy first, then score, checks, peer rank and agent id. */
export function rank(authors: readonly string[], book: Book): readonly Ranked[] {
  const rated = capped(rate(authors, book))
  return rated.toSorted(order).map((one, at) => ({ ...one, rank: at + 1 }))
}

/** The newest round in which somebody voted; 0 when nobody ever did. */
export function votedRound(book: Book): number {
  let round = 0
  while (book.ballots(round + 1).length > 0) round += 1
  return round
}

/** 0…1: the mean of all checks that ran. */
function checksScore({ policy, lint, dryrun, additional_checks }: CheckSuite): number {
  const flags = [policy.passed, lint.passed, dryrun.passed].map(Number)
  return round(mean([...flags, ...additional_checks.map(({ score }) => Math.min(1, Math.max(0, score)))]) ?? 0)
}

type Rated = Omit<Ranked, 'rank'>

function rate(authors: readonly string[], book: Book): readonly Rated[] {
  const ballots = book.ballots(votedRound(book))
  const peers = borda(ballots)
  const marks = rubric(ballots)
  return authors.map((agent_id) => {
    const suite = book.checks(agent_id)
    const parts: Parts = {
      checks: suite === undefined ? 0 : checksScore(suite),
      peer_rank: partOf(peers, agent_id),
      rubric: partOf(marks, agent_id),
    }
    return { agent_id, ...parts, score: scoreOf(parts), policy_passed: suite?.policy.passed ?? false }
  })
}

function partOf(values: ReadonlyMap<string, number>, author: string): number | null {
  return values.size === 0 ? null : round(values.get(author) ?? UNKNOWN)
}

/** The weighted mean of the parts that the run has. */
function scoreOf(parts: Parts): number {
  const present = Object.entries(WEIGHTS).flatMap(([name, weight]) => {
    const part = parts[name as keyof Parts]
    return part === null ? [] : [{ part, weight }]
  })
  const weights = present.reduce((sum, { weight }) => sum + weight, 0)
  return round(present.reduce((sum, { part, weight }) => sum + part * weight, 0) / weights)
}

/** A proposal that fails policy scores no more than the least of those that pass. */
function capped(rated: readonly Rated[]): readonly Rated[] {
  const least = Math.min(...rated.filter(({ policy_passed }) => policy_passed).map(({ score }) => score))
  return rated.map((one) => (one.policy_passed ? one : { ...one, score: Math.min(one.score, least) }))
}

function order(a: Rated, b: Rated): number {
  return (
    Number(b.policy_passed) - Number(a.policy_passed) ||
    b.score - a.score ||
    b.checks - a.checks ||
    (b.peer_rank ?? 0) - (a.peer_rank ?? 0) ||
    (a.agent_id < b.agent_id ? -1 : 1)
  )
}

function round(value: number): number {
  return Math.round(value * PRECISION) / PRECISION
}

/** What the peers think of each proposal: the Borda count of their ballots, their rubric scores, and how far they agree. */
import type { Ballot } from './book.ts'

/** Scores nearer than this are the same: sums of decimals differ in their last digits. */
const SAME = 1e-9

type Marks = ReadonlyMap<string, number>

/** Each author's mark on a ballot: the mean over the dimensions of the rubric. */
function marksOf({ votes }: Ballot): Marks {
  return new Map(votes.map(({ agent_id, scores }) => [agent_id, mean(Object.values(scores)) ?? 0]))
}

/**
 * Borda count, 0…1: on each ballot the share of the other proposals that this one beats (half for a tie), averaged over the
 * ballots that rank it. A ballot with a single proposal ranks nothing. Authors without a ranked ballot are missing.
 * After J.-C. de Borda (1781), with the usual mean for ties.
 */
export function borda(ballots: readonly Ballot[]): ReadonlyMap<string, number> {
  const points = new Map<string, number[]>()
  for (const marks of ballots.map(marksOf)) {
    if (marks.size < 2) continue
    for (const [author, mark] of marks) {
      const beaten = [...marks].filter(([other]) => other !== author).map(([, their]) => wins(mark, their))
      points.set(author, [...(points.get(author) ?? []), sum(beaten) / beaten.length])
    }
  }
  return means(points)
}

/** The mean mark of each author over all ballots, 0…1. Authors without one are missing. */
export function rubric(ballots: readonly Ballot[]): ReadonlyMap<string, number> {
  const marks = new Map<string, number[]>()
  for (const [author, mark] of ballots.flatMap((ballot) => [...marksOf(ballot)])) {
    marks.set(author, [...(marks.get(author) ?? []), mark])
  }
  return means(marks)
}

/**
 * How far the reviewers agree, 0…1: 1 less the mean difference of the marks that two of them give the same proposal. Null
 * when no two marked the same one. Orders would say more, but in a council of three no two reviewers rank the same two.
 */
export function agreement(ballots: readonly Ballot[]): number | null {
  const differences = pairs(ballots.map(marksOf)).flatMap(([first, second]) =>
    [...first].flatMap(([author, mark]) => {
      const other = second.get(author)
      return other === undefined ? [] : [Math.abs(mark - other)]
    }),
  )
  const apart = mean(differences)
  return apart === undefined ? null : 1 - apart
}

function wins(mine: number, theirs: number): number {
  if (Math.abs(mine - theirs) < SAME) return 0.5
  return mine > theirs ? 1 : 0
}

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((one, at) => items.slice(at + 1).map((other) => [one, other] as const))
}

function means(values: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, number> {
  return new Map([...values].map(([author, all]) => [author, mean(all) ?? 0]))
}

/** Undefined of nothing. */
export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length
}

/** In the order of size, so that the order of arrival cannot change the last digit. */
function sum(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b).reduce((total, value) => total + value, 0)
}

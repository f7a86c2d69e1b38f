import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { finalists, winnerOf } from '#lib/councils/architect'
import { openBook } from '#lib/councils/book'
import { agreement, borda } from '#lib/councils/peers'
import { rank } from '#lib/councils/rank'
import type { Output } from '#lib/councils/run'
import { dealt } from '#lib/councils/shuffle'
import { votesOf } from '#lib/councils/votes'

interface Case {
  /** Marks that agent i gives to agent j; undefined: no vote. */
  readonly marks: readonly (readonly (number | undefined)[])[]
  readonly policy: readonly boolean[]
  readonly lint: readonly boolean[]
}

const mark = fc.double({ min: 0, max: 1, noNaN: true })
const cases = (vote: fc.Arbitrary<number | undefined> = fc.option(mark, { nil: undefined })): fc.Arbitrary<Case> =>
  fc.integer({ min: 1, max: 7 }).chain((n) =>
    fc.record({
      marks: fc.array(fc.array(vote, { minLength: n, maxLength: n }), { minLength: n, maxLength: n }),
      policy: fc.array(fc.boolean(), { minLength: n, maxLength: n }),
      lint: fc.array(fc.boolean(), { minLength: n, maxLength: n }),
    }),
  )

const idsOf = ({ policy }: Case) => policy.map((_, at) => `agent-${at}`)

function outputsOf({ marks, policy, lint }: Case, ids: readonly string[]): Output[] {
  const base = { at: 0, spending: null }
  return ids.flatMap((agent_id, at): Output[] => {
    const votes = ids.flatMap((author, other) => {
      const score = marks[at]?.[other]
      return other === at || score === undefined
        ? []
        : [{ agent_id: author, proposal: other, scores: { worth: score }, critique: '' }]
    })
    const passed = policy[at] ?? true
    const suite = {
      policy: { passed, violations: [], message: '' },
      lint: { passed: lint[at] ?? true, error_count: 0, warning_count: 0, errors: [] },
      dryrun: { passed: true, output: '', exit_code: 0, message: '' },
      additional_checks: [],
      all_passed: passed,
    }
    return [
      { ...base, stage: 'propose', round: 0, agent_id, said: { kind: 'text', text: `t${at}` } },
      ...(votes.length > 0
        ? [{ ...base, stage: 'review' as const, round: 1, agent_id, said: { kind: 'votes' as const, votes } }]
        : []),
      { ...base, stage: 'check', round: 0, agent_id, said: { kind: 'checks', suite } },
    ]
  })
}

const ranked = (it: Case, ids = idsOf(it)) => rank(ids, openBook(outputsOf(it, ids)))

describe('a ranking', () => {
  it('gives ranks 1…n, scores within 0…1 that never rise, and ties by id', () => {
    fc.assert(
      fc.property(cases(), (it) => {
        const ranking = ranked(it)
        expect(ranking.map(({ rank: at }) => at)).toEqual(ranking.map((_, at) => at + 1))
        for (const [at, { score }] of ranking.entries()) {
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(ranking[at - 1]?.score ?? 1)
        }
      }),
    )
  })

  it('puts a unanimous favourite first among proposals that pass the same checks', () => {
    const whole = cases(mark).filter(({ policy }) => policy.length >= 3)
    fc.assert(
      fc.property(whole, fc.nat(), (it, pick) => {
        const favourite = pick % it.policy.length
        const marks = it.marks.map((row) => row.map((value, to) => (to === favourite ? 1 : (value ?? 0) * 0.99)))
        const all = it.policy.map(() => true)
        expect(ranked({ marks, policy: all, lint: all })[0]?.agent_id).toBe(`agent-${favourite}`)
      }),
    )
  })

  it('does not depend on the order of agents or outputs: permuting them permutes the results', () => {
    fc.assert(
      fc.property(cases(), fc.integer(), (it, seed) => {
        const ids = idsOf(it)
        const outputs = outputsOf(it, ids)
        const mixed = outputs.toSorted(
          (a, b) => ((a.agent_id.length * 7 + seed) % 3) - ((b.said.kind.length + seed) % 3),
        )
        expect(rank(ids.toReversed(), openBook(mixed))).toEqual(rank(ids, openBook(outputs)))
      }),
    )
  })

  it('gives the same to each proposal whatever its author is called, ties apart', () => {
    fc.assert(
      fc.property(cases(), (it) => {
        const names = idsOf(it).map((_, at, all) => `z${all.length - at}`)
        const scores = (ranking: ReturnType<typeof ranked>, ids: readonly string[]) =>
          ids.map((id) => ranking.find(({ agent_id }) => agent_id === id)?.score)
        expect(scores(ranked(it, names), names)).toEqual(scores(ranked(it), idsOf(it)))
      }),
    )
  })

  it('never lets a failed policy win while another passes, nor the architect pick it', () => {
    fc.assert(
      fc.property(cases(), fc.nat(), fc.integer({ min: 1, max: 5 }), (it, pick, k) => {
        const ranking = ranked(it)
        if (!it.policy.includes(true)) return
        const chosen = ranking[pick % ranking.length]?.agent_id
        const winner = winnerOf(ranking, chosen, k)
        expect(ranking[0]?.policy_passed).toBe(true)
        expect(finalists(ranking, k).every(({ policy_passed }) => policy_passed)).toBe(true)
        expect(ranking.find(({ agent_id }) => agent_id === winner)?.policy_passed).toBe(true)
      }),
    )
  })

  it('is the same after a trip through the store: 1,000 recounts', () => {
    fc.assert(
      fc.property(cases(), (it) => {
        const ids = idsOf(it)
        const outputs = outputsOf(it, ids)
        const stored = JSON.parse(JSON.stringify(outputs)) as Output[]
        expect(rank(ids, openBook(stored.toReversed()))).toEqual(rank(ids, openBook(outputs)))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('peers', () => {
  const ballot = (reviewer: string, marks: Record<string, number>) => ({
    reviewer,
    votes: Object.entries(marks).map(([agent_id, worth]) => ({
      agent_id,
      proposal: 1,
      scores: { worth },
      critique: '',
    })),
  })

  it('are counted after Borda: shares of the others beaten, half for a tie', () => {
    const count = borda([ballot('x', { a: 1, b: 0.5, c: 0.5 }), ballot('y', { a: 0.2, b: 0.9 })])
    expect(Object.fromEntries(count)).toEqual({ a: 0.5, b: (0.25 + 1) / 2, c: 0.25 })
  })

  it('rank nothing with a single proposal', () => {
    expect(borda([ballot('x', { a: 1 })]).size).toBe(0)
  })

  it('agree wholly, not at all, or have nothing in common', () => {
    expect(agreement([ballot('x', { a: 0.5, b: 0.25 }), ballot('y', { a: 0.5, c: 1 })])).toBe(1)
    expect(agreement([ballot('x', { a: 1 }), ballot('y', { a: 0 })])).toBe(0)
    expect(agreement([ballot('x', { a: 1 }), ballot('y', { c: 0.1 })])).toBeNull()
  })
})

describe('a shuffle', () => {
  const authors = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

  it('holds all others, never the reviewer, and is the same for the same seed', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(10), fc.constantFrom(...authors), (seed, round, reviewer) => {
        const seen = dealt(seed, round, reviewer, authors)
        expect(seen.toSorted()).toEqual(authors.filter((one) => one !== reviewer))
        expect(dealt(seed, round, reviewer, authors.toReversed())).toEqual(seen)
      }),
    )
  })

  it('differs from reviewer to reviewer, from round to round and from seed to seed', () => {
    const orders = (seed: string, round: number) =>
      authors.slice(0, 4).map((reviewer) =>
        dealt(seed, round, reviewer, authors)
          .filter((one) => one > 'd')
          .join(''),
      )
    expect(new Set(orders('s', 1)).size).toBeGreaterThan(1)
    expect(orders('s', 1)).not.toEqual(orders('s', 2))
    expect(orders('s', 1)).not.toEqual(orders('t', 1))
  })
})

describe('votes', () => {
  it('whatever a reviewer says, count once per proposal that it saw, within 0…1', () => {
    const anything = fc.array(
      fc.record({
        proposal: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1, 2, 3)),
        scores: fc.oneof(
          fc.dictionary(fc.string(), fc.oneof(mark, fc.double(), fc.constant(Number.NaN))),
          fc.constant({}),
        ),
        critique: fc.string(),
      }),
    )
    fc.assert(
      fc.property(anything, (reviews) => {
        const votes = votesOf(reviews, ['b', 'a'])
        expect(new Set(votes.map(({ agent_id }) => agent_id)).size).toBe(votes.length)
        for (const { agent_id, scores, proposal } of votes) {
          expect(['b', 'a'][proposal - 1]).toBe(agent_id)
          expect(Object.values(scores).every((score) => score >= 0 && score <= 1)).toBe(true)
        }
      }),
    )
  })
})

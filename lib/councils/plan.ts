/** What a run needs next, from its stored outputs alone: the same outputs always lead to the same plan. */

import { finalists } from './architect.ts'
import { type Book, openBook } from './book.ts'
import { rank } from './rank.ts'
import type { Brief, Output, Run, Stage, Step } from './run.ts'

export type Plan =
  /** Steps of one stage, all of which may run at once. */
  | { readonly kind: 'work'; readonly stage: Stage; readonly round: number; readonly steps: readonly Step[] }
  /** Fewer proposals than a majority of the agents. */
  | { readonly kind: 'no_quorum'; readonly proposals: number; readonly quorum: number }
  | { readonly kind: 'done' }

/** The smallest majority. */
export function quorumOf(agents: number): number {
  return Math.floor(agents / 2) + 1
}

/** Those who gave a proposal, in the council's order. */
export function authorsOf(brief: Pick<Brief, 'agents'>, book: Book): readonly string[] {
  return brief.agents.map(({ agent_id }) => agent_id).filter((id) => book.texts(id).length > 0)
}

/**
 * The next wave. `late`: the deadline has passed, so that no agent is called any more; with a quorum of proposals the run
 * is finished by what is there.
 */
export function plan(run: Run, brief: Brief, outputs: readonly Output[], late = false): Plan {
  const book = openBook(outputs)
  const ids = brief.agents.map(({ agent_id }) => agent_id)
  const proposing = late ? [] : missing(book, 'propose', 0, ids)
  if (proposing.length > 0) return work(proposing)
  const authors = authorsOf(brief, book)
  const quorum = quorumOf(ids.length)
  if (authors.length < quorum) return { kind: 'no_quorum', proposals: authors.length, quorum }
  const steps = [
    () => (late ? [] : deliberation(run, book, authors)),
    () => missing(book, 'check', 0, authors),
    () => (late ? [] : judgement(run, brief, book, outputs)),
  ]
  for (const stepsOf of steps) {
    const found = stepsOf()
    if (found.length > 0) return work(found)
  }
  return { kind: 'done' }
}

/** Reviews and revisions, round by round, until they are done or a round changed nothing. */
function deliberation(run: Run, book: Book, authors: readonly string[]): readonly Step[] {
  // One alone has nobody to review.
  if (authors.length < 2) return []
  for (let round = 1; round <= run.rounds; round++) {
    const reviewing = missing(book, 'review', round, authors)
    if (reviewing.length > 0) return reviewing
    const criticised = authors.filter((author) => book.critiques(round, author).length > 0)
    const revising = missing(book, 'revise', round, criticised)
    if (revising.length > 0) return revising
    if (!book.changed(round)) return []
  }
  return []
}

/** The architect's step, where there is an architect and something to choose from. */
function judgement(run: Run, brief: Brief, book: Book, outputs: readonly Output[]): readonly Step[] {
  if (brief.judge === null) return []
  const ranking = rank(authorsOf(brief, book), book)
  if (finalists(ranking, run.top_k).length < 2) return []
  return outputs.some(({ stage }) => stage === 'judge') ? [] : missing(book, 'judge', 0, [brief.judge.agent_id])
}

function missing(book: Book, stage: Stage, round: number, agents: readonly string[]): readonly Step[] {
  return agents.map((agent_id) => ({ stage, round, agent_id })).filter((step) => !book.has(step))
}

function work(steps: readonly Step[]): Plan {
  const [first] = steps
  return first === undefined ? { kind: 'done' } : { kind: 'work', stage: first.stage, round: first.round, steps }
}

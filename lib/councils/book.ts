/** The outputs of a run, looked up the way the stages ask: who proposed, what a text is by now, who said what about it. */
import type { CheckSuite, Failure } from './model.ts'
import type { Output, Stage, Step, Vote } from './run.ts'

export interface Book {
  has(step: Step): boolean
  /** Every text of an agent, oldest first: the proposal and what its revisions made of it. Empty when it never gave one. */
  texts(agentId: string): readonly string[]
  /** True when a revision of this round differs from the text before it. */
  changed(round: number): boolean
  /** Ballots of a round: each reviewer's votes. */
  ballots(round: number): readonly Ballot[]
  /** What the reviewers of a round wrote about an author's text. */
  critiques(round: number, authorId: string): readonly string[]
  checks(agentId: string): CheckSuite | undefined
  choice(): { readonly by: string; readonly chosen: string; readonly reason: string } | undefined
  failures(stage: Stage): readonly { readonly agent_id: string; readonly failure: Failure }[]
}

export interface Ballot {
  readonly reviewer: string
  readonly votes: readonly Vote[]
}

export function openBook(outputs: readonly Output[]): Book {
  const byStep = new Map(outputs.map((output) => [keyOf(output), output]))
  const revisions = outputs.filter(({ stage }) => stage === 'revise').toSorted((a, b) => a.round - b.round)

  const texts = (agentId: string, before = Number.POSITIVE_INFINITY): readonly string[] => {
    const proposal = textOf(byStep.get(keyOf({ stage: 'propose', round: 0, agent_id: agentId })))
    if (proposal === undefined) return []
    const own = revisions.filter(({ agent_id, round }) => agent_id === agentId && round < before)
    return own.reduce<readonly string[]>((all, output) => withNew(all, textOf(output)), [proposal])
  }
  const ballots = (round: number): readonly Ballot[] =>
    outputs.flatMap(({ stage, round: at, agent_id, said }) =>
      stage === 'review' && at === round && said.kind === 'votes' ? [{ reviewer: agent_id, votes: said.votes }] : [],
    )

  return {
    has: (step) => byStep.has(keyOf(step)),
    texts: (agentId) => texts(agentId),
    changed: (round) =>
      revisions.some((output) => {
        const text = output.round === round ? textOf(output) : undefined
        return text !== undefined && text !== texts(output.agent_id, round).at(-1)
      }),
    ballots,
    critiques: (round, authorId) =>
      ballots(round).flatMap(({ votes }) =>
        votes.filter(({ agent_id, critique }) => agent_id === authorId && critique !== '').map((one) => one.critique),
      ),
    checks(agentId) {
      const said = byStep.get(keyOf({ stage: 'check', round: 0, agent_id: agentId }))?.said
      return said?.kind === 'checks' ? said.suite : undefined
    },
    choice() {
      for (const { stage, agent_id, said } of outputs) {
        if (stage === 'judge' && said.kind === 'choice') return { ...said, by: agent_id }
      }
      return undefined
    },
    failures: (stage) =>
      outputs.flatMap(({ stage: at, agent_id, said }) =>
        at === stage && said.kind === 'failed' ? [{ agent_id, failure: said.failure }] : [],
      ),
  }
}

function keyOf({ stage, round, agent_id }: Step): string {
  return `${stage}/${round}/${agent_id}`
}

function textOf(output: Output | undefined): string | undefined {
  return output?.said.kind === 'text' ? output.said.text : undefined
}

/** A revision that says the same again is none. */
function withNew(texts: readonly string[], text: string | undefined): readonly string[] {
  return text === undefined || text === texts.at(-1) ? texts : [...texts, text]
}

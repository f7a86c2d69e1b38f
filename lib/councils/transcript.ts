/** Everything that was said in a run, in order, and whether its votes still lead to its ranking. */
import { toTimestamp } from '#lib/clock'
import { openBook } from './book.ts'
import { CouncilError } from './errors.ts'
import { authorsOf } from './plan.ts'
import { rank } from './rank.ts'
import { type Loaded, type Output, STAGES } from './run.ts'
import type { Recount, Transcript, TranscriptEntry } from './service.ts'
import { wholenessOf } from './views.ts'

export function transcriptOf({ run, brief, outputs }: Loaded): Transcript {
  const entries = outputs.toSorted(inOrder).map(entryOf)
  const { standing } = run
  const { degraded, warnings } = wholenessOf(run)
  const head = { execution_id: run.execution_id, task: brief.task, degraded, warnings }
  if (standing.kind !== 'completed') return { ...head, entries }
  const { ranking, winner_id } = standing.decision
  const last = standing.at
  const score = { stage: 'score', round: 0, agent_id: winner_id, at: toTimestamp(last), output: { ranking } } as const
  return { ...head, entries: [...entries, score] }
}

/** Ranks the stored votes and checks again. Throws FAILED_PRECONDITION while there is nothing to compare with. */
export function recountOf({ run, brief, outputs }: Loaded): Recount {
  const { standing, execution_id } = run
  if (standing.kind !== 'completed') {
    const message = `The run ${execution_id} has no ranking: it is not completed.`
    throw new CouncilError('FAILED_PRECONDITION', message, { executionId: execution_id })
  }
  const book = openBook(outputs)
  const stored = standing.decision.ranking.map(({ agent_id }) => agent_id)
  const recounted = rank(authorsOf(brief, book), book).map(({ agent_id }) => agent_id)
  const agrees = stored.length === recounted.length && stored.every((id, at) => id === recounted[at])
  return { execution_id, stored, recounted, agrees }
}

function entryOf({ stage, round, agent_id, at, said, spending, marks }: Output): TranscriptEntry {
  const output = { ...said, ...(spending !== null && { spending }), ...(marks !== undefined && { marks }) }
  return { stage, round, agent_id, at: toTimestamp(at), output }
}

/** Proposals, then round by round the reviews and revisions, then checks and the judgement. */
function inOrder(a: Output, b: Output): number {
  return placeOf(a) - placeOf(b) || (a.agent_id < b.agent_id ? -1 : 1)
}

/** More rounds than a run may have. */
const MANY = 1_000

function placeOf({ stage, round }: Output): number {
  const at = STAGES.indexOf(stage)
  if (round > 0) return round * STAGES.length + at
  return stage === 'propose' ? at : MANY * STAGES.length + at
}

/** A stored run as its callers see it. */

import { type Book, openBook } from './book.ts'
import { isDegraded } from './degraded.ts'
import { CouncilError } from './errors.ts'
import type { CheckResult, CheckSuite } from './model.ts'
import { spendingTags } from './outcome.ts'
import { WEIGHTS } from './rank.ts'
import type { Brief, Loaded, Output, Ranked, Run } from './run.ts'
import type {
  DeliberateResponse,
  DeliberationResult,
  Metadata,
  OrchestrateResponse,
  RunState,
  StoredDeliberation,
} from './service.ts'

/** What the published contract has every answer say; this build's own version is among the tags. */
const ORCHESTRATOR_VERSION = '0.1.0'

export interface About {
  /** This build's version. */
  readonly version: string
}

function stateOf({ standing, lease }: Pick<Run, 'standing' | 'lease'>): RunState {
  switch (standing.kind) {
    case 'open':
      return lease.fence === 0 ? 'PENDING' : 'IN_PROGRESS'
    case 'completed':
      return 'COMPLETED'
    case 'failed':
      return standing.code === 'DEADLINE_EXCEEDED' ? 'TIMEOUT' : 'FAILED'
  }
}

/** The run without its texts, as lists show it. */
export function cardView(run: Run, about: About): StoredDeliberation {
  const { standing } = run
  return {
    task_id: run.task_id,
    execution_id: run.execution_id,
    role: run.role,
    status: stateOf(run),
    ...wholenessOf(run),
    results: [],
    winner_id: standing.kind === 'completed' ? standing.decision.winner_id : '',
    duration_ms: durationOf(run),
    error_message: standing.kind === 'failed' ? standing.message : '',
    metadata: metadataOf(run, about, {}),
  }
}

/** Whether what came of the run is whole. */
export function wholenessOf(run: Pick<Run, 'standing' | 'lease'>) {
  const { standing } = run
  const decision = standing.kind === 'completed' ? standing.decision : undefined
  const degraded = decision !== undefined && isDegraded(decision.tags)
  const status_detail = degraded ? ('DEGRADED' as const) : stateOf(run)
  return { status_detail, degraded, warnings: decision?.warnings ?? [] }
}

export function storedView(loaded: Loaded, about: About): StoredDeliberation {
  const { run, outputs } = loaded
  const { standing } = run
  const code = standing.kind === 'failed' ? { error_code: standing.code } : {}
  const spending = standing.kind === 'completed' ? {} : { ...spendingTags(outputs), ...code }
  return { ...cardView(run, about), results: resultsOf(loaded), metadata: metadataOf(run, about, spending) }
}

/** The answer to Deliberate. Throws what the run failed by. */
export function deliberateView(loaded: Loaded, about: About): DeliberateResponse {
  const { results, winner_id, duration_ms, metadata } = storedView(mustBeCompleted(loaded), about)
  return { results, winner_id, duration_ms, metadata }
}

/** The answer to Orchestrate. Throws what the run failed by. */
export function orchestrateView(loaded: Loaded, about: About): OrchestrateResponse {
  const { results, winner_id, duration_ms, metadata } = storedView(mustBeCompleted(loaded), about)
  const winner = results.find(({ proposal }) => proposal.author_id === winner_id)
  if (winner === undefined) throw new Error(`The run ${loaded.run.execution_id} has no winner.`)
  return { winner, candidates: results, execution_id: loaded.run.execution_id, duration_ms, metadata }
}

function mustBeCompleted(loaded: Loaded): Loaded {
  const { standing, execution_id: executionId } = loaded.run
  if (standing.kind === 'completed') return loaded
  if (standing.kind === 'open') throw new Error(`The run ${executionId} is not over.`)
  const { code, message, retry_after_ms } = standing
  throw new CouncilError(code, message, {
    executionId,
    ...(retry_after_ms !== null && { retryAfterMs: retry_after_ms }),
  })
}

function durationOf({ standing, created_at }: Run): number {
  return standing.kind === 'open' ? 0 : standing.at - created_at
}

function metadataOf(run: Run, { version }: About, more: Readonly<Record<string, string>>): Metadata {
  const { standing } = run
  const tags = standing.kind === 'completed' ? standing.decision.tags : { seed: run.seed, ...more }
  return {
    orchestrator_version: ORCHESTRATOR_VERSION,
    timestamp_ms: standing.kind === 'open' ? run.created_at : standing.at,
    execution_id: run.execution_id,
    tags: { coxswain_version: version, kind: run.kind, ...tags },
  }
}

function resultsOf({ run, brief, outputs }: Loaded): readonly DeliberationResult[] {
  if (run.standing.kind !== 'completed') return []
  const book = openBook(outputs)
  const { ranking } = run.standing.decision
  return ranking.map((ranked) => resultOf(ranked, ranking.length, { book, brief, outputs }))
}

interface Sources {
  readonly book: Book
  readonly brief: Brief
  readonly outputs: readonly Output[]
}

function resultOf(ranked: Ranked, of: number, { book, brief, outputs }: Sources): DeliberationResult {
  const { agent_id, score, rank } = ranked
  const texts = book.texts(agent_id)
  const proposed = outputs.find((output) => output.stage === 'propose' && output.agent_id === agent_id)
  const suite = book.checks(agent_id)
  if (suite === undefined) throw new Error(`The proposal of ${agent_id} was never checked.`)
  return {
    proposal: {
      author_id: agent_id,
      author_role: brief.agents.find((entry) => entry.agent_id === agent_id)?.role ?? brief.task.role,
      content: texts.at(-1) ?? '',
      created_at_ms: proposed?.at ?? 0,
      revisions: texts.slice(0, -1),
    },
    checks: withParts(suite, [...doubtsOf(suite, agent_id, outputs), ...partsOf(ranked, of)]),
    score,
    rank,
  }
}

/** The checks with the parts of the score beside them. They tell of worth, not of faults: `all_passed` is the checks' own. */
function withParts({ unjudged: _, ...suite }: CheckSuite, parts: readonly CheckResult[]): CheckSuite {
  return { ...suite, additional_checks: [...suite.additional_checks, ...parts] }
}

function partsOf(ranked: Ranked, of: number): readonly CheckResult[] {
  return (['checks', 'peer_rank', 'rubric'] as const).flatMap((name): CheckResult[] => {
    const score = ranked[name]
    if (score === null) return []
    const details = { weight: String(WEIGHTS[name]), rank: String(ranked.rank), of: String(of) }
    return [{ check_type: name, passed: true, score, message: MEANING[name], details }]
  })
}

/** What keeps this proposal from being taken as whole: marks on its newest text, and checks that could not judge it. */
function doubtsOf(suite: CheckSuite, agentId: string, outputs: readonly Output[]): readonly CheckResult[] {
  const own = outputs.filter(({ agent_id, said }) => agent_id === agentId && said.kind === 'text')
  const newest = own.toSorted((a, b) => a.round - b.round).at(-1)
  // A text that was cut off has a check of its own, `whole_text`, among those that were run.
  const marks = (newest?.marks ?? []).filter(({ kind }) => kind !== 'truncated')
  const unjudged = suite.unjudged ?? []
  const doubts = marks.map(({ kind, message }) => doubt(kind, message))
  if (unjudged.length === 0) return doubts
  return [...doubts, doubt('unjudged', `Could not be judged, and counts as failed: ${unjudged.join(', ')}.`)]
}

function doubt(check_type: string, message: string): CheckResult {
  return { check_type, passed: false, score: 0, message, details: {} }
}

const MEANING = {
  checks: 'Mean of the checks.',
  peer_rank: 'Borda count of the peers’ ballots.',
  rubric: 'Mean of the peers’ rubric scores.',
} as const

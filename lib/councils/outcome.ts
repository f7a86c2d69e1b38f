/** How a run ends: the decision with its figures, or the failure with its code. Pure. */
import type { Instant } from '#lib/clock'
import { maskSecrets } from '#lib/secrets/secrets'
import { winnerOf } from './architect.ts'
import { type Book, openBook } from './book.ts'
import { shortfallOf } from './degraded.ts'
import type { CouncilCode } from './errors.ts'
import { marksTags } from './marks.ts'
import type { FailureKind } from './model.ts'
import { agreement } from './peers.ts'
import { authorsOf, quorumOf } from './plan.ts'
import { rank, votedRound, WEIGHTS } from './rank.ts'
import type { Brief, Decision, Loaded, Output, Ranked, Run, Standing } from './run.ts'

type Failed = Extract<Standing, { kind: 'failed' }>

/** Vendors' limits are per minute. */
const RATE_RETRY_MS = 60_000
/** Agents that are down are rarely back sooner. */
const DOWN_RETRY_MS = 10_000
/** Nothing but these failures: the vendors are well, and what we may use of them is used up. */
const SPENT: readonly FailureKind[] = ['rate_limited', 'quota_exhausted']
const REASON_MAX = 500
const MESSAGE_MAX = 1_000

/** The decision that the outputs lead to. `late`: the deadline cut the run short. */
export function decisionOf({ run, brief, outputs }: Omit<Loaded, 'counted'>, late: boolean): Decision {
  const book = openBook(outputs)
  const ranking = rank(authorsOf(brief, book), book)
  const choice = book.choice()
  const winner_id = winnerOf(ranking, choice?.chosen, run.top_k)
  const picked = choice !== undefined && choice.chosen === winner_id
  const { tags, warnings } = shortfallOf({ run, brief, outputs }, ranking, late)
  return {
    ranking,
    winner_id,
    tags: {
      ...tagsOf(run, brief, book),
      ...spendingTags(outputs),
      ...marksTags(outputs),
      selected_by: picked ? 'architect' : selectedBy(ranking),
      ...(picked && { architect: choice.by, architect_reason: choice.reason.slice(0, REASON_MAX) }),
      ...tags,
    },
    ...(warnings.length > 0 && { warnings }),
  }
}

/** Without a single vote there is no word of the peers in the ranking. */
function selectedBy(ranking: readonly Ranked[]): 'ranking' | 'checks_only' {
  const voted = ranking.length < 2 || ranking.some(({ rubric }) => rubric !== null)
  return voted ? 'ranking' : 'checks_only'
}

function tagsOf(run: Run, brief: Brief, book: Book): Record<string, string> {
  const rounds = votedRound(book)
  const accord = agreement(book.ballots(rounds))
  const offline = [...brief.agents, ...(brief.judge ? [brief.judge] : [])].some(({ kind }) => kind === 'offline')
  return {
    seed: run.seed,
    agents: String(brief.agents.length),
    quorum: String(quorumOf(brief.agents.length)),
    rounds: String(run.rounds),
    rounds_run: String(rounds),
    agreement: accord === null ? 'n/a' : accord.toFixed(3),
    weights: Object.entries(WEIGHTS)
      .map(([part, weight]) => `${part}=${weight}`)
      .join(','),
    offline: String(offline),
  }
}

/** Tokens, money, models and calls of a run so far. */
export function spendingTags(outputs: readonly Output[]): Record<string, string> {
  const paid = outputs.flatMap(({ spending }) => (spending === null ? [] : [spending]))
  const sum = (of: (one: (typeof paid)[number]) => number) => paid.reduce((total, one) => total + of(one), 0)
  const input = sum(({ input_tokens }) => input_tokens)
  const output = sum(({ output_tokens }) => output_tokens)
  return {
    calls: String(paid.length),
    input_tokens: String(input),
    output_tokens: String(output),
    tokens: String(input + output),
    cost_usd: sum(({ cost_usd }) => cost_usd).toFixed(6),
    models: [...new Set(paid.map(({ model }) => model))].toSorted().join(','),
  }
}

/** Why a run without a quorum failed: too late, too much asked of the vendors, or agents that are down. */
export function noQuorum({ brief, outputs }: Loaded, at: Instant, late: boolean): Failed {
  const book = openBook(outputs)
  const failures = book.failures('propose')
  const of = brief.agents.length
  const proposals = authorsOf(brief, book).length
  const quorum = `${proposals} of ${of} agents gave a proposal, ${quorumOf(of)} are needed`
  const told = failures.map(({ agent_id, failure }) => `${agent_id}: ${failure.kind}, ${failure.message}`).join('; ')
  const why = told === '' ? `${quorum}.` : `${quorum}. ${told}`
  if (late) return failedBy('DEADLINE_EXCEEDED', `The deadline passed without a quorum: ${why}`, at)
  const limited = failures.length > 0 && failures.every(({ failure }) => SPENT.includes(failure.kind))
  if (limited) return failedBy('RESOURCE_EXHAUSTED', `Every vendor's rate or quota is spent: ${why}`, at, RATE_RETRY_MS)
  const all = proposals === 0 ? 'Every agent failed' : 'Too many agents failed'
  return failedBy('UNAVAILABLE', `${all}: ${why}`, at, DOWN_RETRY_MS)
}

export function failedBy(code: CouncilCode, message: string, at: Instant, retryAfterMs?: number): Failed {
  const text = maskSecrets(message).slice(0, MESSAGE_MAX).toWellFormed()
  return { kind: 'failed', at, code, message: text, retry_after_ms: retryAfterMs ?? null }
}

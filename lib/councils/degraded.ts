/** What a completed run lacks of what was asked for: reasons for programs, sentences for people. Pure. */
import { finalists } from './architect.ts'
import { type Book, openBook } from './book.ts'
import { isTruncated } from './marks.ts'
import { CHECK_NAMES, type MarkKind } from './model.ts'
import { authorsOf, plan, quorumOf } from './plan.ts'
import type { Loaded, Output, Ranked } from './run.ts'

/** Each makes a result degraded. */
export const DEGRADED_REASONS = [
  /** An agent gave no proposal, or could not revise its own. */
  'agents_failed',
  /** In a round that was begun, or in all of a run that asked for one, less than a majority gave a valid review. */
  'reviews_below_quorum',
  /** A check gave up before it could judge a proposal. */
  'checks_unjudged',
  /** An answer was cut at the limit of its length. */
  'answers_cut',
  /** Another model than the agent's own answered. */
  'fallback_model',
  /** The architect was asked and gave no choice that counts. */
  'architect_failed',
  /** The deadline came before the run was through. */
  'deadline',
] as const
export type DegradedReason = (typeof DEGRADED_REASONS)[number]

export interface Shortfall {
  readonly reasons: readonly DegradedReason[]
  /** Also of what does not degrade the result. One sentence each, at most one per kind of shortfall and round. */
  readonly warnings: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

/** One thing that is amiss. */
interface Finding {
  /** Null: worth a word, but the result is whole. */
  readonly reason: DegradedReason | null
  readonly warning: string
  readonly tags?: Readonly<Record<string, string>>
}

/** The shortfall of a run that ends with `ranking`. `late`: its deadline has passed. */
export function shortfallOf(loaded: Omit<Loaded, 'counted'>, ranking: readonly Ranked[], late: boolean): Shortfall {
  const book = openBook(loaded.outputs)
  const findings = [
    ...failedAgents(book),
    ...reviews(loaded, book),
    ...unjudged(loaded.outputs),
    ...marked(loaded.outputs, 'truncated', 'answers_cut'),
    ...marked(loaded.outputs, 'fallback_model', 'fallback_model'),
    ...architect(loaded, book, ranking),
    ...deadline(loaded, late),
  ]
  const found = new Set(findings.map(({ reason }) => reason))
  const reasons = DEGRADED_REASONS.filter((reason) => found.has(reason))
  const isDegraded = reasons.length > 0
  return {
    reasons,
    warnings: findings.map(({ warning }) => warning),
    tags: {
      ...Object.assign({}, ...findings.map(({ tags }) => tags)),
      ...reviewTags(loaded.outputs),
      ...(isDegraded && { degraded: 'true', degraded_reasons: reasons.join(',') }),
    },
  }
}

/** What a result's tags say of its shortfall; nothing for a whole one, and for those that were stored without a word of it. */
export function degradedReasonsOf(tags: Readonly<Record<string, string>>): readonly string[] {
  return tags['degraded'] === 'true' ? (tags['degraded_reasons'] ?? '').split(',').filter((one) => one !== '') : []
}

export function isDegraded(tags: Readonly<Record<string, string>>): boolean {
  return tags['degraded'] === 'true'
}

function failedAgents(book: Book): readonly Finding[] {
  return (['propose', 'revise'] as const).flatMap((stage): Finding[] => {
    const failures = book.failures(stage)
    if (failures.length === 0) return []
    const names = [...new Set(failures.map(({ agent_id }) => agent_id))].join(',')
    const what = stage === 'propose' ? 'gave no proposal' : 'did not revise'
    const tags = { [stage === 'propose' ? 'failed_agents' : 'failed_revisions']: names }
    const kinds = counted(failures.map(({ failure }) => failure.kind))
    return [{ reason: 'agents_failed', warning: `${listed(names.split(','))} ${what} (${kinds}).`, tags }]
  })
}

function reviews({ run, brief, outputs }: Omit<Loaded, 'counted'>, book: Book): readonly Finding[] {
  const reviewers = authorsOf(brief, book).length
  if (run.rounds === 0 || reviewers < 2) return []
  const all = outputs.filter(({ stage }) => stage === 'review')
  if (all.length === 0) {
    return [{ reason: 'reviews_below_quorum', warning: 'Nobody reviewed: the checks alone decided.' }]
  }
  const rounds = [...Map.groupBy(all, ({ round }) => round)].toSorted(([a], [b]) => a - b)
  return rounds.flatMap(([round, given]): Finding[] => {
    const valid = book.ballots(round).length
    const kinds = voidKinds(given)
    if (valid === reviewers && kinds === '') return []
    const told = kinds === '' ? '' : ` (void: ${kinds})`
    const count = `Round ${round}: ${valid} of ${reviewers} reviews are valid${told}`
    if (valid >= quorumOf(reviewers)) return [{ reason: null, warning: `${count}.` }]
    const decided = all.some(({ said }) => said.kind === 'votes')
      ? 'a quorum needs'
      : 'the checks alone decided; a quorum needs'
    return [{ reason: 'reviews_below_quorum', warning: `${count}; ${decided} ${quorumOf(reviewers)}.` }]
  })
}

/** Why reviews, or parts of them, are void: `malformed=2,timeout=1`; empty when none is. */
function voidKinds(outputs: readonly Output[]): string {
  return counted(
    outputs.flatMap(({ said, marks = [] }) => [
      ...(said.kind === 'failed' ? [said.failure.kind] : []),
      ...marks.filter(({ kind }) => kind === 'void_review').map(() => 'partly_void'),
    ]),
  )
}

function reviewTags(outputs: readonly Output[]): Readonly<Record<string, string>> {
  const all = outputs.filter(({ stage }) => stage === 'review')
  const failed = all.filter(({ said }) => said.kind === 'failed')
  const kinds = voidKinds(all)
  return {
    ...(all.length > 0 && { reviews: String(all.length - failed.length), void_reviews: String(failed.length) }),
    ...(kinds !== '' && { void_review_kinds: kinds }),
  }
}

function unjudged(outputs: readonly Output[]): readonly Finding[] {
  const found = outputs.flatMap(({ agent_id, said }) =>
    said.kind === 'checks' && (said.suite.unjudged ?? []).length > 0
      ? [{ agent_id, names: said.suite.unjudged ?? [] }]
      : [],
  )
  if (found.length === 0) return []
  const agents = found.map(({ agent_id }) => agent_id)
  const names = CHECK_NAMES.filter((name) => found.some((one) => one.names.includes(name))).join(',')
  const warning = `Checks could not judge the proposal of ${listed(agents)} (${names}): it counts as failed.`
  return [{ reason: 'checks_unjudged', warning, tags: { unjudged_checks: names } }]
}

const MARKED = {
  truncated: 'Answers were cut off at their limit of tokens',
  fallback_model: 'The fallback model answered',
} as const

/** Texts that were revised since are not what the result shows. */
function marked(
  outputs: readonly Output[],
  kind: Exclude<MarkKind, 'void_review'>,
  reason: DegradedReason,
): readonly Finding[] {
  const shown = outputs.filter(
    ({ agent_id, said }) => kind !== 'truncated' || said.kind !== 'text' || isTruncated(outputs, agent_id),
  )
  const found = shown.flatMap(({ agent_id, marks = [] }) =>
    marks.filter((mark) => mark.kind === kind).map(({ message }) => ({ agent_id, message })),
  )
  const [first] = found
  if (first === undefined) return []
  const agents = [...new Set(found.map(({ agent_id }) => agent_id))]
  return [{ reason, warning: `${MARKED[kind]} (${listed(agents)}): ${first.message}` }]
}

function architect({ run, brief, outputs }: Omit<Loaded, 'counted'>, book: Book, ranking: readonly Ranked[]) {
  const asked = outputs.find(({ stage }) => stage === 'judge')
  if (brief.judge === null || asked === undefined) return []
  const chosen = book.choice()?.chosen
  if (finalists(ranking, run.top_k).some(({ agent_id }) => agent_id === chosen)) return []
  const kind = asked.said.kind === 'failed' ? asked.said.failure.kind : 'void'
  const why = asked.said.kind === 'failed' ? asked.said.failure.message : 'its choice is none of the finalists'
  const warning = `The architect ${brief.judge.agent_id} gave no choice (${kind}): ${why} The ranking decided.`
  return [{ reason: 'architect_failed', warning, tags: { architect_failure: kind } } as const]
}

function deadline({ run, brief, outputs }: Omit<Loaded, 'counted'>, late: boolean): readonly Finding[] {
  if (!late) return []
  const missing = plan(run, brief, outputs).kind !== 'done'
  const timedOut = outputs.some(({ said }) => said.kind === 'failed' && said.failure.kind === 'timeout')
  if (!missing && !timedOut) return []
  return [{ reason: 'deadline', warning: 'The deadline cut the run short.', tags: { cut_short: 'deadline' } }]
}

/** `b=1,a=2` as `a=2,b=1`: how often each word occurs. */
function counted(words: readonly string[]): string {
  return [...Map.groupBy(words, (word) => word)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, all]) => `${word}=${all.length}`)
    .join(',')
}

/** Names beyond these are counted. */
const NAMED = 5

function listed(names: readonly string[]): string {
  const rest = names.length - NAMED
  return names.slice(0, NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

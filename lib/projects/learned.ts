/** What the past advises for a new sprint: proposals from similar projects, the pace, and learned strategies. */
import type { Adjustment, Orchestration, Strategy } from './model.ts'
import { halfEven, mean, tidy } from './numbers.ts'
import { paceOf } from './velocity.ts'

/** What is adjusted, by the name it has on the wire. */
export type Subject = 'task_count_modification' | 'sprint_duration_modification'

export interface Proposal {
  readonly subject: Subject
  readonly value: number
  readonly confidence: number
  readonly source: 'similar_projects' | 'velocity_trend' | 'learned_strategy'
  readonly details: Readonly<Record<string, unknown>>
  /** How many cases speak for it. */
  readonly evidence: number
  readonly strategy: string | null
}

/** Plans of rules alone that advice may change. */
export interface Plan {
  readonly tasks: number
  readonly weeks: number
}

/** Less alike than this is not evidence. */
const SIMILAR = 0.5
/** A proposal of one task more or less is noise. */
const TASKS_APART = 1
const SURE = 0.5
/** Cases needed before a number of tasks is changed. */
const CASES_FOR_TASKS = 3
/** Advice changes a plan by half at most. */
const MOST_CHANGE = 0.5
const FEWEST_WEEKS = 1
const MOST_WEEKS = 4
/** Evidence names at most so many projects. */
const NAMED = 10

/** All proposals, the surest first. */
export function proposalsFor(inputs: Orchestration, plan: Plan): readonly Proposal[] {
  const { history } = inputs
  const own = inputs.strategies
    .filter((strategy) => applies(strategy, inputs))
    .flatMap((one) => fromStrategy(one, plan))
  const learned = history === null ? [] : [...fromSimilar(inputs, plan), ...fromPace(inputs, plan)]
  return [...learned, ...own].toSorted((a, b) => b.confidence - a.confidence)
}

/** True when the project is of the kind that the strategy was learned from. */
function applies({ applicability, retired_at }: Strategy, seen: Seen): boolean {
  const within = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high
  const backlog = seen.backlog.unassigned
  return (
    retired_at === null &&
    within(seen.team_size, applicability.team_size) &&
    within(backlog, applicability.unassigned_tasks)
  )
}

type Seen = Pick<Orchestration, 'team_size' | 'backlog'>

/** The adjustment that a proposal makes, or why the gate refuses it. */
export function gate(proposal: Proposal, plan: Plan, most: number): Adjustment | string {
  const isTasks = proposal.subject === 'task_count_modification'
  const original = isTasks ? plan.tasks : plan.weeks
  const applied = isTasks ? Math.min(proposal.value, most) : proposal.value
  if (proposal.confidence < SURE) return 'confidence below 0.50'
  if (isTasks && proposal.evidence < CASES_FOR_TASKS) return 'fewer than 3 similar cases'
  if (applied < 1 || applied === original) return 'nothing to change within the limits'
  if (Math.abs(applied - original) > original * MOST_CHANGE) return 'change above 50 %'
  return {
    original_recommendation: original,
    intelligence_recommendation: proposal.value,
    applied_value: applied,
    confidence: proposal.confidence,
    evidence_source: sourceOf(proposal),
    evidence_kind: proposal.source,
    evidence_details: { ...proposal.details },
  }
}

/** Read by people, in the words of the services' own orchestrator; programs go by the kind. */
const sourceOf = ({ source, evidence }: Proposal): string =>
  source === 'similar_projects' ? `${evidence} similar projects` : source

function fromSimilar({ history }: Orchestration, plan: Plan): Proposal[] {
  const cases = (history?.similar ?? []).flatMap((project) =>
    project.similarity_score > SIMILAR && project.optimal_task_count !== null
      ? [{ ...project, count: project.optimal_task_count }]
      : [],
  )
  const value = halfEven(mean(cases.map(({ count }) => count)))
  const confidence = tidy(mean(cases.map(({ completion_rate }) => completion_rate)))
  if (cases.length === 0 || Math.abs(value - plan.tasks) <= TASKS_APART || confidence <= SURE) return []
  const details = {
    similar_projects: cases.slice(0, NAMED).map(({ project_id }) => project_id),
    cases: cases.length,
    mean_similarity: halfEven(mean(cases.map(({ similarity_score }) => similarity_score)), 2),
  }
  const source = 'similar_projects'
  return [
    { subject: 'task_count_modification', value, confidence, source, details, evidence: cases.length, strategy: null },
  ]
}

function fromPace({ history }: Orchestration, plan: Plan): Proposal[] {
  if (history === null) return []
  const { trend, confidence, sprints, slope } = paceOf(history.velocity)
  const value = plan.weeks + ({ increasing: -1, decreasing: 1, stable: 0, unknown: 0 } as const)[trend]
  if (value === plan.weeks || value < FEWEST_WEEKS || value > MOST_WEEKS || confidence < SURE) return []
  const details = { trend, slope, sprints }
  const source = 'velocity_trend'
  return [
    { subject: 'sprint_duration_modification', value, confidence, source, details, evidence: sprints, strategy: null },
  ]
}

function fromStrategy(strategy: Strategy, plan: Plan): Proposal[] {
  const { recommendation, confidence, strategy_id, name, version, performance, evidence } = strategy
  const base = {
    confidence,
    source: 'learned_strategy',
    details: { strategy_id, name, version, success_rate: performance.success_rate },
    evidence,
    strategy: strategy_id,
  } as const
  const { tasks_per_sprint: tasks, sprint_duration_weeks: weeks } = recommendation
  return [
    ...(Math.abs(tasks - plan.tasks) > TASKS_APART
      ? [{ ...base, subject: 'task_count_modification', value: tasks } as const]
      : []),
    ...(weeks === plan.weeks ? [] : [{ ...base, subject: 'sprint_duration_modification', value: weeks } as const]),
  ]
}

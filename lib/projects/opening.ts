/** Rule 4: what sprint to open when none is active, and how large the past advises to make it. */
import { confidenceOf } from './confidence.ts'
import { BLANK, type Draft } from './draft.ts'
import { gate, type Plan, type Proposal, proposalsFor, type Subject } from './learned.ts'
import type { Adjustment, Orchestration, Step } from './model.ts'
import * as words from './words.ts'

interface Advice {
  readonly adjustments: Readonly<Partial<Record<Subject, Adjustment>>>
  readonly recommendations: Draft['intelligence_recommendations']
  readonly strategies: readonly string[]
}

const SUBJECTS = {
  task_count_modification: 'the number of tasks',
  sprint_duration_modification: 'the duration in weeks',
} as const satisfies Record<Subject, string>

export function openingFor(inputs: Orchestration): Draft {
  const { options, backlog } = inputs
  const idle: Draft = { ...BLANK, type: 'MAINTENANCE', sprint_duration_weeks: options.sprint_duration_weeks }
  if (!options.create_sprint_if_needed) return { ...idle, clauses: [words.notWanted] }
  if (backlog.unassigned <= 0) return { ...idle, clauses: [words.nothingToDo] }

  const most = Math.min(backlog.unassigned, options.max_tasks_per_sprint)
  const plan: Plan = { tasks: options.assign_tasks ? most : 0, weeks: options.sprint_duration_weeks }
  const { adjustments, recommendations, strategies } = adviceFor(inputs, plan, most)
  const tasks = adjustments.task_count_modification?.applied_value ?? plan.tasks
  const weeks = adjustments.sprint_duration_modification?.applied_value ?? plan.weeks
  const name = sprintName(inputs)
  const creating = words.creating(name, tasks, backlog.unassigned, weeks)
  return {
    ...idle,
    type: 'CREATE_SPRINT',
    clauses: [creating, ...sentences(adjustments)],
    create_new_sprint: true,
    tasks_to_assign: tasks,
    sprint_name: name,
    sprint_duration_weeks: weeks,
    decision_source: Object.keys(adjustments).length > 0 ? 'intelligence_enhanced' : 'rule_based_only',
    rule_based_decision: {
      create_new_sprint: true,
      tasks_to_assign: plan.tasks,
      sprint_duration_weeks: plan.weeks,
      reasoning: words.creating(name, plan.tasks, backlog.unassigned, plan.weeks),
    },
    intelligence_adjustments: { ...adjustments },
    intelligence_recommendations: recommendations,
    confidence_scores: confidenceOf(inputs.history),
    strategies,
    steps: stepsFor(inputs, name, tasks, weeks),
  }
}

/** `<PROJECT>-S<count of all sprints + 1, two digits>`. */
function sprintName({ project_id, sprint_count }: Orchestration): string {
  return `${project_id}-S${String(sprint_count + 1).padStart(2, '0')}`
}

function stepsFor({ options, candidates, timing }: Orchestration, name: string, keep: number, weeks: number): Step[] {
  const steps: Step[] = [
    { kind: 'create_sprint', name, weeks },
    // The service puts every unassigned task into a new sprint; what is above the limit goes back.
    { kind: 'trim_sprint', keep, candidates: candidates.slice(0, keep) },
  ]
  const cronJob: Step = { kind: 'create_cronjob', sprint_id: null, timing, heal: false }
  return options.create_cronjob ? [...steps, cronJob] : steps
}

/** For each subject the surest proposal that passes the gate. */
function adviceFor(inputs: Orchestration, plan: Plan, most: number): Advice {
  const wanted = proposalsFor(inputs, plan).filter(
    ({ subject }) => subject !== 'task_count_modification' || plan.tasks > 0,
  )
  const adjustments: Partial<Record<Subject, Adjustment>> = {}
  const recommendations: Record<string, unknown>[] = []
  const strategies = new Set<string>()
  for (const proposal of wanted) {
    const taken =
      adjustments[proposal.subject] === undefined ? gate(proposal, plan, most) : 'a surer proposal was taken'
    recommendations.push(recommendation(proposal, taken))
    if (typeof taken === 'string') continue
    adjustments[proposal.subject] = taken
    if (proposal.strategy !== null) strategies.add(proposal.strategy)
  }
  return { adjustments, recommendations, strategies: [...strategies] }
}

function recommendation({ subject, value, confidence, source, details }: Proposal, taken: Adjustment | string) {
  const refused = typeof taken === 'string' && { refused_because: taken }
  return { subject, value, confidence, source, details: { ...details }, applied: typeof taken !== 'string', ...refused }
}

function sentences(adjustments: Advice['adjustments']): string[] {
  return Object.entries(adjustments).map(([subject, one]) => words.adjusted(SUBJECTS[subject as Subject], one))
}

/**
 * The decision engine: everything that was seen goes in, one decision with its steps comes out. Pure: the same inputs
 * make the same decision for ever, which is what a replay proves.
 */
import { type Instant, toTimestamp } from '#lib/clock'
import { careFor } from './care.ts'
import { confidenceOf } from './confidence.ts'
import { BLANK, complete, type Draft, restrained } from './draft.ts'
import type { Care, Decision, Inputs, Orchestration, Removal } from './model.ts'
import { openingFor } from './opening.ts'
import type { Sprint } from './ports.ts'
import * as words from './words.ts'

export function decide(inputs: Inputs): Decision {
  switch (inputs.kind) {
    case 'orchestration':
      return complete(restrained(orchestrated(inputs), inputs.restraint, idleType(inputs.sprint)))
    case 'care':
      return complete(restrained(cared(inputs), inputs.restraint, idleType(inputs.sprint)))
    case 'removal':
      return complete(removed(inputs))
  }
}

/** True when the sprint's last day is over. */
export function isOverdue({ end_date }: Sprint, now: Instant): boolean {
  return end_date !== '' && toTimestamp(now).slice(0, 'YYYY-MM-DD'.length) > end_date
}

const idleType = (sprint: Sprint | null) => (sprint === null ? 'MAINTENANCE' : 'MONITOR')

function orchestrated(inputs: Orchestration): Draft {
  const { sprint } = inputs
  const draft = sprint === null || isFinished(inputs) ? turned(inputs) : monitored(inputs, sprint)
  const away = inputs.history === null
  const conflicts = inputs.availability.status === 'conflict' ? inputs.availability.conflicts : []
  return {
    ...draft,
    notes: [
      ...(conflicts.length > 0 ? [words.holidaysNote(conflicts.length)] : []),
      ...(away ? [`${words.chronicleAway}.`] : []),
    ],
    warnings: [
      ...conflicts.map(words.conflictWarning),
      ...(away ? [words.chronicleAway] : []),
      ...(inputs.history?.unread ?? []).map(words.chroniclePart),
      ...(sprint !== null && inputs.tasks === null ? [words.tasksUnread(sprint.sprint_id)] : []),
      ...draft.warnings,
    ],
    confidence_scores: confidenceOf(inputs.history),
    rule_based_decision: draft.create_new_sprint ? draft.rule_based_decision : byRules(draft),
  }
}

/** Rule 2: all of the sprint's tasks are done, and there were some. */
function isFinished({ tasks }: Orchestration): boolean {
  return tasks !== null && tasks.pending_tasks === 0 && tasks.total_tasks > 0
}

/** Rules 2 and 4: a finished sprint is closed, and a new one opened when there is work for it. */
function turned(inputs: Orchestration): Draft {
  const opening = openingFor(inputs)
  const { sprint, cronjob, tasks } = inputs
  if (sprint === null) return opening
  const { sprint_id } = sprint
  return {
    ...opening,
    type: opening.create_new_sprint ? 'CREATE_SPRINT' : 'CLOSE_SPRINT',
    clauses: [words.finished(sprint_id, tasks?.total_tasks ?? 0), ...opening.clauses],
    sprint_closure_triggered: true,
    sprint_id_to_close: sprint_id,
    steps: [
      { kind: 'close_sprint', sprint_id },
      ...(cronjob === null || cronjob.owner !== 'us' || cronjob.terminating
        ? []
        : [{ kind: 'delete_cronjob', name: cronjob.name, sprint_id } as const]),
      ...opening.steps,
    ],
  }
}

/** Rule 3. */
function monitored(inputs: Orchestration, sprint: Sprint): Draft {
  const draft = careFor({ ...inputs, sprint, create: inputs.options.create_cronjob })
  const open = inputs.tasks?.pending_tasks ?? 0
  if (open === 0 || !isOverdue(sprint, inputs.at)) return draft
  return { ...draft, warnings: [...draft.warnings, words.overdue(sprint.sprint_id, sprint.end_date, open)] }
}

function byRules(draft: Draft): Decision['rule_based_decision'] {
  const { create_new_sprint, tasks_to_assign, sprint_duration_weeks, clauses } = draft
  return { create_new_sprint, tasks_to_assign, sprint_duration_weeks, reasoning: clauses.join(words.JOINT) }
}

/** The sweep: the same care, and the CronJobs of closed sprints deleted. */
function cared(inputs: Care): Draft {
  const { sprint, orphans } = inputs
  const draft: Draft =
    sprint === null
      ? { ...BLANK, type: 'MAINTENANCE', clauses: orphans.length === 0 ? [words.noSprint] : [] }
      : careFor({ ...inputs, sprint, create: true })
  if (orphans.length === 0) return draft
  return {
    ...draft,
    type: draft.steps.length > 0 ? draft.type : 'MAINTENANCE',
    clauses: [...draft.clauses, ...orphans.map((orphan) => words.orphaned(orphan.name, orphan.sprint))],
    steps: [
      ...draft.steps,
      ...orphans.map((orphan) => ({ kind: 'delete_cronjob', name: orphan.name, sprint_id: orphan.sprint }) as const),
    ],
  }
}

function removed({ name, sprint }: Removal): Draft {
  return {
    ...BLANK,
    type: 'MAINTENANCE',
    clauses: [words.removalAsked(name)],
    steps: [{ kind: 'delete_cronjob', name, sprint_id: sprint }],
  }
}

/** The events of a decision, made from its record and nothing else, so that the same record always makes the same events. */
import { toTimestamp } from '#lib/clock'
import type { ProjectEvent } from './event-schema.ts'
import type { DecisionRecord } from './model.ts'

type ProjectEventType = ProjectEvent['event_type']
type News = { readonly type: ProjectEventType } & Readonly<Record<string, unknown>>

const DID = { created: 'CRONJOB_CREATED', repaired: 'CRONJOB_REPAIRED', deleted: 'CRONJOB_DELETED' } as const

/** What changed first, then the decision as a whole. Numbers follow each other from the record's `first_event_seq`. */
export function eventsOf(record: DecisionRecord): readonly ProjectEvent[] {
  const { project_id, decision_id, correlation_id } = record
  return newsOf(record).map(({ type, ...payload }, at) => {
    const seq = record.first_event_seq + at
    const event = {
      event_id: `project:${project_id}:${seq}`,
      event_type: type,
      timestamp: toTimestamp(record.finished_at),
      correlation_id,
      entity: { kind: 'project', id: project_id },
      seq,
      project_id,
      decision_id,
      ...payload,
    }
    // Which payload goes with which type is held against the schema in the tests.
    return event as ProjectEvent
  })
}

/** The sprint that a decision is about; null when it is about none. */
export function sprintOf({ inputs, outcome }: Pick<DecisionRecord, 'inputs' | 'outcome'>): string | null {
  if (outcome.sprint_created !== null) return outcome.sprint_created.sprint_id
  return inputs.kind === 'removal' ? inputs.sprint : (inputs.sprint?.sprint_id ?? null)
}

/** The CronJob that a decision made or mended, or, failing that, deleted. */
export function cronJobOf({ outcome }: Pick<DecisionRecord, 'outcome'>): string | null {
  const living = outcome.cronjobs.find(({ did }) => did !== 'deleted')
  return (living ?? outcome.cronjobs[0])?.name ?? null
}

/** Everything that a decision warns of, that it could not do, and that it met with. */
export function warningsOf({ decision, outcome }: Pick<DecisionRecord, 'decision' | 'outcome'>): readonly string[] {
  return [...decision.warnings, ...outcome.failures, ...outcome.remarks]
}

function newsOf(record: DecisionRecord): News[] {
  const { decision, outcome } = record
  const { sprint_created, sprint_closed } = outcome
  const cronjob_name = cronJobOf(record)
  return [
    ...(sprint_closed === null ? [] : [{ type: 'SPRINT_CLOSED', ...sprint_closed } as const]),
    ...(sprint_created === null
      ? []
      : [{ type: 'SPRINT_CREATED', ...sprint_created, duration_weeks: decision.sprint_duration_weeks } as const]),
    ...outcome.cronjobs.map(({ name, did, sprint_id }) => ({ type: DID[did], cronjob_name: name, sprint_id })),
    ...(decision.budget_tripped ? [tripped(record)] : []),
    {
      type: 'ORCHESTRATION_DECISION',
      sprint_id: sprintOf(record),
      decision_type: decision.type,
      reasoning: decision.reasoning,
      warnings: warningsOf(record),
      actions_taken: outcome.actions,
      ...(outcome.failures.length > 0 && { failures: outcome.failures }),
      cronjob_name,
      decision_source: decision.decision_source,
    },
  ]
}

function tripped({ inputs }: Pick<DecisionRecord, 'inputs'>): News {
  const details = inputs.kind === 'removal' ? {} : { cronjob_name: inputs.healing.name, heals: inputs.healing.recent }
  return { type: 'CRONJOB_HEAL_BUDGET_TRIPPED', ...details }
}

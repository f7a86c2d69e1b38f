/** The decisions of a project: their list, and the replay that proves one from its stored inputs. */
import { toTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Difference, differences } from './diff.ts'
import { decide } from './engine.ts'
import { cronJobOf, sprintOf, warningsOf } from './events.ts'
import { type DecisionRecord, parseDecisionId } from './model.ts'
import type { Upstream } from './ports.ts'
import type { ProjectStore } from './store-ports.ts'

export interface Wanted {
  readonly project: string
  readonly limit: number
  readonly cursor?: string | undefined
}

export function createDecisions({ store, upstream }: { readonly store: ProjectStore; readonly upstream: Upstream }) {
  return {
    /** Newest first. Throws `not_found` for a project that neither we nor the project service know. */
    async list({ project, limit, cursor }: Wanted) {
      const page = await store.decisions(project, limit, cursor)
      if (page.items.length === 0 && cursor === undefined) await upstream.project(project)
      return {
        project_id: project,
        decisions: page.items.map(decisionItem),
        ...(page.cursor !== undefined && { next_cursor: page.cursor }),
      }
    },

    async replay(id: string) {
      const at = parseDecisionId(id)
      const record = at && (await store.decision(at.project, at.seq))
      if (record === undefined) throw new AppError('not_found', `There is no decision ${id}.`)
      return replayed(record)
    },
  }
}

/** The decision made once more from what it was made from, and where the two differ. */
export function replayed(record: DecisionRecord) {
  const again = decide(record.inputs)
  const diff: readonly Difference[] = differences(record.decision, again)
  return {
    decision_id: record.decision_id,
    project_id: record.project_id,
    identical: diff.length === 0,
    diff,
    inputs: record.inputs,
    stored: record.decision,
    replayed: again,
  }
}

function decisionItem(record: DecisionRecord) {
  const { decision, outcome } = record
  return {
    decision_id: record.decision_id,
    decision_type: decision.type,
    timestamp: toTimestamp(record.at),
    trigger: record.trigger,
    correlation_id: record.correlation_id,
    sprint_id: sprintOf(record),
    cronjob_name: cronJobOf(record),
    reasoning: decision.reasoning,
    warnings: warningsOf(record),
    actions_taken: outcome.actions,
    decision_source: decision.decision_source,
    decision,
    outcome,
    inputs: record.inputs,
  }
}

/** What becomes of an event: the run moved, the event was known already, or it was refused. */
import { AppError, type ErrorCode } from '#lib/errors'
import type { Workflow, WorkflowEvent } from './model.ts'
import { allowedEvents, stateName } from './standing.ts'

export type Outcome =
  | { readonly kind: 'moved'; readonly workflow: Workflow }
  /** The same again: answer as before, change nothing. */
  | { readonly kind: 'repeat' }
  | {
      readonly kind: 'refused'
      readonly code: ErrorCode
      readonly message: string
      readonly details?: Readonly<Record<string, unknown>>
    }

export const REPEAT: Outcome = { kind: 'repeat' }

export function refused(code: ErrorCode, message: string, details?: Readonly<Record<string, unknown>>): Outcome {
  return details === undefined ? { kind: 'refused', code, message } : { kind: 'refused', code, message, details }
}

/** The refusal of an event that does not belong where the run stands. */
export function illegal(workflow: Workflow, event: Pick<WorkflowEvent, 'kind'>): Outcome {
  const name = stateName(workflow.state)
  const paused = workflow.paused === null ? '' : ' and paused'
  const allowed = allowedEvents(workflow)
  const mend = allowed.length === 0 ? 'It is over.' : `Allowed now: ${allowed.join(', ')}.`
  return refused('conflict', `The workflow is in ${name}${paused}, where ${event.kind} has no place. ${mend}`)
}

/** A refusal as the error its caller sees, with where the run stands. */
export function refusalError(outcome: Extract<Outcome, { kind: 'refused' }>, workflow: Workflow): AppError {
  return new AppError(outcome.code, outcome.message, {
    details: {
      state: stateName(workflow.state),
      version: workflow.version,
      allowed_events: allowedEvents(workflow),
      ...outcome.details,
    },
  })
}

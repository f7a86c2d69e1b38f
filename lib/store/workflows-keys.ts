/** Where workflows live in the table. */
import type { DispatchKey, Shelf } from '#lib/workflows/ports'
import type { Key } from './table.ts'

const padded = (n: number, digits: number): string => String(n).padStart(digits, '0')

/** Everything of one run shares a partition. */
export const workflowOf = (featureId: string): string => `WORKFLOW#${featureId}`

/** The run itself: small, written with every transition. */
export const RUN = 'RUN'
export const runKey = (featureId: string): Key => ({ pk: workflowOf(featureId), sk: RUN })

/** An entry of the history, once it is no longer the newest. */
export const HISTORY = 'H#'
export const historyKey = (featureId: string, seq: number): Key => ({
  pk: workflowOf(featureId),
  sk: `${HISTORY}${padded(seq, 10)}`,
})

/** A text by its digest: description and context, results, long reasons. */
export const textKey = (featureId: string, digest: string): Key => ({ pk: workflowOf(featureId), sk: `T#${digest}` })

export const dispatchKey = ({ feature_id, phase, attempt }: DispatchKey): Key => ({
  pk: workflowOf(feature_id),
  sk: `D#${padded(phase, 3)}#${padded(attempt, 6)}`,
})

export const CONSULTATIONS = 'C#'
export const consultationKey = (featureId: string, id: string): Key => ({
  pk: workflowOf(featureId),
  sk: `${CONSULTATIONS}${id}`,
})

/** The list: a shelf for all that is under way and one per way to end, each in the order of time. */
export const shelfOf = (shelf: Shelf): string => `WORKFLOWS#${shelf}`
export const cardKey = (shelf: Shelf, at: number, featureId: string): Key => ({
  pk: shelfOf(shelf),
  sk: `${padded(at, 13)}#${featureId}`,
})

/** A run by its id. */
export const runIdKey = (id: string): Key => ({ pk: `WORKFLOW_ID#${id}`, sk: 'feature' })

/** The last number given to a feature that was started without a name. */
export const FEATURE_NUMBER: Key = { pk: 'WORKFLOWS', sk: 'feature-number' }

/** Definitions that runs are pinned to. */
export const definitionKey = (name: string, version: number): Key => ({
  pk: 'WORKFLOW_DEFINITIONS',
  sk: `${name}#${padded(version, 7)}`,
})

/** Runs counted by state. */
export const WORKFLOW_COUNTS: Key = { pk: 'COUNTS', sk: 'workflows' }
/** A batch of the stream whose workflows have been counted. */
export const workflowsCountedKey = (batch: string): Key => ({ pk: `COUNTED#${batch}`, sk: 'workflows' })

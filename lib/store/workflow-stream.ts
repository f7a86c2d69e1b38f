/** The table's stream as changes of workflows. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import type { Workflow } from '#lib/workflows/model'
import { decodeWorkflow } from './workflows-codec.ts'
import { RUN, workflowOf } from './workflows-keys.ts'

/** One stored transition of a run. `before` is undefined when it was started by it. */
export interface WorkflowChange {
  readonly before: Workflow | undefined
  readonly after: Workflow
}

/** The transition a record tells of; undefined when it is none. Throws when the run cannot be read. */
export function workflowChangeOf(record: DynamoDBRecord): WorkflowChange | undefined {
  const keys = record.dynamodb?.Keys
  if (keys?.['sk']?.S !== RUN || !keys['pk']?.S?.startsWith(workflowOf(''))) return undefined
  const after = runOf(record.dynamodb?.NewImage)
  return after && { before: runOf(record.dynamodb?.OldImage), after }
}

function runOf(image: unknown): Workflow | undefined {
  return image === undefined ? undefined : decodeWorkflow(unmarshall(image as Record<string, AttributeValue>))
}

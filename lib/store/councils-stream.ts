/** The table's stream as changes of councils' runs. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import type { Run } from '#lib/councils/run'
import { decodeRun } from './councils-codec.ts'
import { RUN, runOf } from './councils-keys.ts'

/** One stored change of a run. `before` is undefined when it was begun by it. */
export interface CouncilRunChange {
  readonly before: Run | undefined
  readonly after: Run
}

/** The change a record tells of; undefined when it is none of a run. Throws when the run cannot be read. */
export function councilRunChangeOf(record: DynamoDBRecord): CouncilRunChange | undefined {
  const keys = record.dynamodb?.Keys
  if (keys?.['sk']?.S !== RUN || !keys['pk']?.S?.startsWith(runOf(''))) return undefined
  const after = decoded(record.dynamodb?.NewImage)
  return after && { before: decoded(record.dynamodb?.OldImage), after }
}

function decoded(image: unknown): Run | undefined {
  return image === undefined ? undefined : decodeRun(unmarshall(image as Record<string, AttributeValue>))
}

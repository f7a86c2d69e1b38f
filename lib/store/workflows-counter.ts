/** The counter of features that are started without a name: no number is ever given twice. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { AppError } from '#lib/errors'
import { changeParams } from './conditions.ts'
import { FEATURE_NUMBER } from './workflows-keys.ts'

/** The next number, from 1. A lost reply leaves a gap, never a double. */
export type NextNumber = () => Promise<number>

export function createFeatureNumbers(options: { readonly client: DynamoDBClient; readonly name: string }): NextNumber {
  const documents = DynamoDBDocumentClient.from(options.client)
  const change = { set: { kind: 'counter' }, add: { last: 1 } }
  return async () => {
    const { pk, sk } = FEATURE_NUMBER
    const request = { TableName: options.name, Key: { pk, sk }, ReturnValues: 'UPDATED_NEW' as const }
    try {
      const answer = await documents.send(new UpdateCommand({ ...request, ...changeParams(change, undefined) }))
      return Number(answer.Attributes?.['last'])
    } catch (cause) {
      throw new AppError('unavailable', 'No number could be drawn for the feature. Repeat the request.', {
        cause,
        retryAfter: 2,
      })
    }
  }
}

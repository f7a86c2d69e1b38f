/** Stream records as Lambda hands them to a function: binary as base64, times as seconds. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { _Record } from '@aws-sdk/client-dynamodb-streams'
import type { DynamoDBRecord, AttributeValue as LambdaValue } from 'aws-lambda'

type Image = Record<string, AttributeValue>

/** One record of the event that Lambda's own poller would send. `arn` is the stream's. */
export function toLambdaRecord(record: _Record, arn: string): DynamoDBRecord {
  const { dynamodb: change = {}, eventID, eventName, eventVersion = '1.1', awsRegion } = record
  const {
    ApproximateCreationDateTime: at,
    Keys,
    NewImage,
    OldImage,
    SequenceNumber,
    SizeBytes,
    StreamViewType,
  } = change
  return {
    ...(eventID !== undefined && { eventID }),
    ...(eventName !== undefined && { eventName }),
    ...(awsRegion !== undefined && { awsRegion }),
    eventVersion,
    eventSource: 'aws:dynamodb',
    eventSourceARN: arn,
    dynamodb: {
      ...(at !== undefined && { ApproximateCreationDateTime: Math.floor(at.getTime() / 1000) }),
      ...(Keys !== undefined && { Keys: toImage(Keys) }),
      ...(NewImage !== undefined && { NewImage: toImage(NewImage) }),
      ...(OldImage !== undefined && { OldImage: toImage(OldImage) }),
      ...(SequenceNumber !== undefined && { SequenceNumber }),
      ...(SizeBytes !== undefined && { SizeBytes }),
      ...(StreamViewType !== undefined && { StreamViewType }),
    },
  }
}

function toImage(image: Image): Record<string, LambdaValue> {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, toValue(value)]))
}

/** The SDK's values are DynamoDB JSON already but for bytes, which JSON has none of. */
function toValue(value: AttributeValue): LambdaValue {
  if (value.B !== undefined) return { B: toBase64(value.B) }
  if (value.BS !== undefined) return { BS: value.BS.map(toBase64) }
  if (value.L !== undefined) return { L: value.L.map(toValue) }
  if (value.M !== undefined) return { M: toImage(value.M) }
  // Amazon's local engine leaves an empty map out of its stream; nothing else can be without a value.
  if (Object.values(value).every((one) => one === undefined)) return { M: {} }
  return value as LambdaValue
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

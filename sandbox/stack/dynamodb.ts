/** The store: the embedded DynamoDB on a file of the data folder, or the engine that DYNAMODB_ENDPOINT names. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ids, systemIds } from '#lib/ids'
import { type DoorList, doorsEnv } from '../http/doors.ts'
import { type Ground, startChild } from './child.ts'
import type { Part } from './part.ts'
import { freePort } from './ports.ts'
import type { StackSettings } from './settings.ts'
import { untilAnswers } from './waiting.ts'

const PROGRAM = fileURLToPath(new URL('./dynamodb-process.ts', import.meta.url))

export interface DynamoDBPart extends Part {
  readonly url: string
  /** What its clients are known by. */
  readonly accessKeyId: string
}

export interface DynamoDBOptions {
  /** An engine that runs already. */
  readonly configured: StackSettings['dynamodb']
  /** The port to take if it is free. */
  readonly preferred: number
  readonly doors: DoorList
  readonly ids?: Ids
}

export async function startDynamoDB(options: DynamoDBOptions, ground: Ground): Promise<DynamoDBPart> {
  const { configured, preferred, doors, ids = systemIds } = options
  if (configured !== undefined) {
    const { endpoint: url, accessKeyId } = configured
    return { name: 'dynamodb', url, accessKeyId, stop: async () => undefined }
  }
  const port = await freePort(preferred)
  // DynamoDB's access keys are letters and digits.
  const accessKeyId = `local${ids.uuid().replaceAll('-', '')}`
  const url = `http://127.0.0.1:${port}`
  const file = join(ground.dataDir, 'dynamodb.db')
  const env = { ...doorsEnv(doors, false), DYNAMODB_ACCESS_KEY_ID: accessKeyId }
  const child = startChild({ name: 'dynamodb', args: [PROGRAM, String(port), file], env }, ground)
  await untilAnswers({ url, child, tell: ground.tell, accepts: () => true })
  return { name: 'dynamodb', url, accessKeyId, stop: child.stop }
}

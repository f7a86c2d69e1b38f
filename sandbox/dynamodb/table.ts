/** Creates the table of a local engine from the one definition there is: the resource in serverless.yml. */
import { readFileSync } from 'node:fs'
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { parse } from 'yaml'
import * as z from 'zod'

const definition = z.object({
  resources: z.object({
    Resources: z.object({ Table: z.object({ Properties: z.record(z.string(), z.unknown()) }) }),
  }),
})

const timeToLive = z.object({ AttributeName: z.string(), Enabled: z.boolean() })

/** Creates the table under `name`; one that exists already is left as it is. */
export async function createLocalTable(client: DynamoDBClient, name: string): Promise<void> {
  const file = new URL('../../serverless.yml', import.meta.url)
  const {
    TimeToLiveSpecification,
    TableName: _,
    ...properties
  } = definition.parse(parse(readFileSync(file, 'utf8'), { logLevel: 'error' })).resources.Resources.Table.Properties
  try {
    await client.send(new CreateTableCommand(createInput(name, properties)))
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: name,
        TimeToLiveSpecification: timeToLive.parse(TimeToLiveSpecification),
      }),
    )
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  }
}

function createInput(name: string, properties: Readonly<Record<string, unknown>>): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: properties['AttributeDefinitions'] as CreateTableCommandInput['AttributeDefinitions'],
    KeySchema: properties['KeySchema'] as CreateTableCommandInput['KeySchema'],
    StreamSpecification: {
      ...(properties['StreamSpecification'] as { StreamViewType: 'NEW_AND_OLD_IMAGES' }),
      StreamEnabled: true,
    },
  }
}

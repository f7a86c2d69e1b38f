/** How Lambda reads the table's stream for a function: its event source in serverless.yml. */
import { parse, type ScalarTag } from 'yaml'
import * as z from 'zod'
import { AppError } from '#lib/errors'
import type { JsonObject } from '../eventbridge/pattern.ts'

export interface EventSource {
  readonly batchSize: number
  readonly bisectBatchOnFunctionError: boolean
  /** Attempts after the first. */
  readonly maximumRetryAttempts: number
  readonly maximumRecordAgeInSeconds: number
  /** A record goes to the function when one of them matches; all of them when there is none. */
  readonly filterPatterns: readonly JsonObject[]
}

/** Lambda's defaults: for as long as the stream keeps a record. */
const source = z.object({
  type: z.literal('dynamodb'),
  batchSize: z.number().default(100),
  bisectBatchOnFunctionError: z.boolean().default(false),
  maximumRetryAttempts: z.number().default(Number.POSITIVE_INFINITY),
  maximumRecordAgeInSeconds: z.number().default(Number.POSITIVE_INFINITY),
  filterPatterns: z.array(z.record(z.string(), z.json())).default([]),
})
const streamEvent = z.object({ stream: source })
const service = z.object({
  functions: z.record(z.string(), z.object({ events: z.array(z.unknown()).default([]) })),
})

/** CloudFormation's short forms, whose values do not matter here. */
const INTRINSICS = ['!Ref', '!Sub', '!GetAtt', '!Join', '!Select', '!If', '!ImportValue']
const customTags: ScalarTag[] = INTRINSICS.map((tag) => ({ tag, resolve: (text) => text }))

/** Every function that reads the table's stream, by its name. Throws `invalid` when there is none. */
export function eventSourcesOf(serverlessYaml: string): ReadonlyMap<string, EventSource> {
  const { functions } = service.parse(parse(serverlessYaml, { customTags, merge: true, logLevel: 'error' }))
  const found = Object.entries(functions).flatMap(([name, { events }]) =>
    events.flatMap((event) => {
      const read = streamEvent.safeParse(event)
      return read.success ? [[name, read.data.stream] as const] : []
    }),
  )
  if (found.length === 0) throw new AppError('invalid', 'No function of serverless.yml reads a stream.')
  return new Map(found)
}

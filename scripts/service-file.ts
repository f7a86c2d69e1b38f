/** serverless.yml as plain data, for tests and measurements. CloudFormation's tags are read as their plain values. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'

const httpApi = z.union([
  z.string(),
  z.object({ method: z.string(), path: z.string(), authorizer: z.object({ name: z.string() }).optional() }),
])

const event = z.object({
  httpApi: httpApi.optional(),
  schedule: z.unknown().optional(),
  stream: z
    .object({
      functionResponseType: z.string().optional(),
      destinations: z.object({ onFailure: z.unknown() }).optional(),
    })
    .optional(),
})

const statement = z.object({ Effect: z.string(), Action: z.array(z.string()), Resource: z.unknown() })

const lambda = z.object({
  handler: z.string(),
  events: z.array(event).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  iamRoleStatements: z.array(statement).optional(),
  destinations: z.object({ onFailure: z.unknown() }).optional(),
})

const service = z.object({
  provider: z.looseObject({
    runtime: z.string(),
    architecture: z.string(),
    logRetentionInDays: z.number(),
    environment: z.record(z.string(), z.string()),
  }),
  custom: z.looseObject({
    esbuild: z.object({
      bundle: z.boolean(),
      exclude: z.array(z.string()),
      minify: z.boolean(),
      format: z.enum(['esm', 'cjs']),
      platform: z.enum(['node', 'neutral']),
      target: z.string(),
      mainFields: z.array(z.string()),
      outputFileExtension: z.string(),
      ignoreAnnotations: z.boolean(),
      banner: z.record(z.string(), z.string()),
    }),
  }),
  functions: z.record(z.string(), lambda),
  resources: z.object({
    Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) })),
  }),
})

export type Service = z.infer<typeof service>
export type ServiceFunction = z.infer<typeof lambda>

export function readService(): Service {
  const text = readFileSync(new URL('../serverless.yml', import.meta.url), 'utf8')
  return service.parse(parse(text, { logLevel: 'error', merge: true }))
}

/** The module of a function, from the project's root. */
export function moduleOf({ handler }: Pick<ServiceFunction, 'handler'>): string {
  return handler.replace(/\.[^./]+$/, '.ts')
}

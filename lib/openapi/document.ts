/** The description of an API, OpenAPI 3.1, from what its routes say of themselves. Pure. */
import * as z from 'zod'
import type { RouteDoc } from './route.ts'
import { type JsonSchema, toOpenApi } from './schema.ts'

interface About {
  readonly title: string
  readonly version: string
  readonly description: string
}

type Convert = (schema: z.ZodType) => JsonSchema

/** What every error looks like (RFC 9457). */
const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong and how to mend it.' }),
    code: z.string().meta({ description: 'For programs: a code is never renamed.' }),
    errors: z.array(z.object({ path: z.string(), message: z.string() })),
    correlation_id: z.string(),
  })
  .meta({ id: 'Problem' })

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  description:
    'A token has scopes: reader looks, operator looks and intervenes, worker takes and reports work in its own name. ' +
    'An operator may do everything a reader may.',
}
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Makes repeats harmless: the same key with the same request gets the first answer again, for a day.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}
const CORRELATION = {
  description: 'Names this request in logs and events. Taken over from the request when it is sane.',
  schema: { type: 'string' },
}

export function openApi(about: About, routes: readonly RouteDoc[]): JsonSchema {
  const schemas: Record<string, JsonSchema> = {}
  const convert: Convert = (schema) => {
    const { schema: converted, components } = toOpenApi(schema)
    Object.assign(schemas, components)
    return converted
  }
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, convert) }
  }
  const problems = { 'application/problem+json': { schema: convert(problem) } }
  const headers = { 'x-correlation-id': { $ref: '#/components/headers/CorrelationId' } }
  return {
    openapi: '3.1.1',
    info: { ...about, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: BEARER },
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY },
      headers: { CorrelationId: CORRELATION },
      responses: { Problem: { description: 'What went wrong, and how to mend it.', headers, content: problems } },
      schemas: Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
  }
}

function operationOf(route: RouteDoc, convert: Convert): JsonSchema {
  const parameters = [
    ...parametersOf('path', route.params, convert),
    ...parametersOf('query', route.query, convert),
    ...(route.idempotent ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ]
  const body = route.body && convert(route.body)
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    security: securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: isRequired(body), content: { 'application/json': { schema: body } } } }),
    responses: { ...successesOf(route, convert), ...problemsOf(route) },
  }
}

/** Each scope by itself is enough. */
function securityOf({ scope }: RouteDoc): readonly JsonSchema[] {
  if (scope === 'open') return []
  return [scope].flat().map((one) => ({ bearer: [one] }))
}

/** The members of the schema, each a parameter of its own. */
function parametersOf(place: 'path' | 'query', schema: z.ZodType | undefined, convert: Convert): readonly JsonSchema[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = convert(schema) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: one,
  }))
}

const isRequired = ({ required }: JsonSchema): boolean => Array.isArray(required) && required.length > 0

function successesOf({ answers }: RouteDoc, convert: Convert): JsonSchema {
  const headers = { 'x-correlation-id': { $ref: '#/components/headers/CorrelationId' } }
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, types = [] }]) => {
      const text = types.map((type) => [type, { schema: { type: 'string' } }])
      const json = schema === undefined ? [] : [['application/json', { schema: convert(schema) }]]
      return [status, { description, headers, content: Object.fromEntries([...json, ...text]) }]
    }),
  )
}

/** 401 and 403 come with a token, 400, 413 and 415 with a body, 422 with anything to check, 503 with the store. */
function problemsOf(route: RouteDoc): JsonSchema {
  const { scope, params, query, body, idempotent, problems = [] } = route
  const statuses = new Set([
    ...(scope === 'open' ? [] : [401, 403, 503]),
    ...(body ? [400, 413, 415] : []),
    ...(params || query || body || idempotent ? [422] : []),
    ...(idempotent ? [409] : []),
    ...problems,
  ])
  const free = [...statuses].filter((status) => !(status in route.answers)).toSorted((a, b) => a - b)
  return Object.fromEntries([...free, 'default'].map((status) => [status, { $ref: '#/components/responses/Problem' }]))
}

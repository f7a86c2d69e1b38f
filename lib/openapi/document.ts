/** The description of an API, OpenAPI 3.1, from what its routes say of themselves. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type * as z from 'zod'
import { type Examples, type OperationExamples, shown } from './examples.ts'
import { type Codes, problemResponses, problemSchema, referenceTo } from './problems.ts'
import type { RouteDoc } from './route.ts'
import { type JsonSchema, toOpenApi, type Use } from './schema.ts'

interface About {
  readonly title: string
  readonly version: string
  readonly description: string
}

type Convert = (schema: z.ZodType, use: Use) => JsonSchema

/** What the routes do not say of themselves. */
export interface Sources {
  readonly examples: Examples
  /** Every code of a problem with its status. */
  readonly codes: Codes
}

/** One operation with its examples. */
interface Described {
  readonly route: RouteDoc
  readonly examples: OperationExamples
}

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

/** Throws for a route without examples, and for two components of one name that differ. */
export function openApi(about: About, routes: readonly RouteDoc[], { examples, codes }: Sources): JsonSchema {
  const { convert, schemas } = createComponents()
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const route of routes) {
    const described = { route, examples: examplesFor(route, examples) }
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(described, convert) }
  }
  const problem = convert(problemSchema(codes), 'answer')
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
      responses: problemResponses(codes, examples.problems, problem),
      schemas: schemas(),
    },
  }
}

/** Collects the named schemas on the way. */
function createComponents() {
  const known = new Map<string, JsonSchema>()
  const convert: Convert = (schema, use) => {
    const { schema: converted, components } = toOpenApi(schema, use)
    for (const [name, one] of Object.entries(components)) {
      const earlier = known.get(name) ?? one
      if (!isDeepStrictEqual(earlier, one)) throw new Error(`Two schemas are called ${name}: rename one.`)
      known.set(name, one)
    }
    return converted
  }
  return { convert, schemas: () => Object.fromEntries([...known].toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

function examplesFor({ id }: RouteDoc, { operations }: Examples): OperationExamples {
  const found = operations[id]
  if (found === undefined) throw new Error(`docs/examples has no answers of ${id}: add them.`)
  return found
}

function operationOf({ route, examples }: Described, convert: Convert): JsonSchema {
  const parameters = [
    ...parametersOf('path', route.params, examples.params, convert),
    ...parametersOf('query', route.query, examples.query, convert),
    ...parametersOf('header', route.headers, examples.headers, convert),
    ...(route.idempotent ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ]
  const body = bodyOf({ route, examples }, convert)
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    security: securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: { ...successesOf({ route, examples }, convert), ...problemsOf(route) },
  }
}

/** A request without a body is read as `{}`. */
function bodyOf({ route, examples: { body = {} } }: Described, convert: Convert): JsonSchema | undefined {
  const taken = route.body ?? route.rawBody
  if (taken === undefined) return undefined
  const required = !taken.safeParse({}).success
  const schema = convert(taken, 'body')
  return { required, content: { 'application/json': { schema, examples: shown({ sample: body }) } } }
}

/** Each scope by itself is enough. */
function securityOf({ scope }: RouteDoc): readonly JsonSchema[] {
  if (scope === 'open') return []
  return [scope].flat().map((one) => ({ bearer: [one] }))
}

/** The members of the schema, each a parameter of its own. */
function parametersOf(
  place: 'path' | 'query' | 'header',
  schema: z.ZodType | undefined,
  examples: Readonly<Record<string, string>>,
  convert: Convert,
): readonly JsonSchema[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = convert(schema, 'parameters') as {
    readonly properties?: Readonly<Record<string, JsonSchema>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: one,
    ...(examples[name] !== undefined && { example: readAs(examples[name], one) }),
  }))
}

/** Paths and queries travel as text. */
function readAs(text: string, { type }: JsonSchema): string | number {
  return type === 'integer' || type === 'number' ? Number(text) : text
}

function successesOf({ route, examples }: Described, convert: Convert): JsonSchema {
  const headers = { 'x-correlation-id': { $ref: '#/components/headers/CorrelationId' } }
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, schema, types = [] }]) => {
      const named = Object.entries(examples.answers[status] ?? {})
      const of = (isText: boolean) =>
        shown(Object.fromEntries(named.filter(([, value]) => (typeof value === 'string') === isText)))
      const text = types.map((type) => [type, { schema: { type: 'string' }, examples: of(true) }])
      const json = schema && [['application/json', { schema: convert(schema, 'answer'), examples: of(false) }]]
      return [status, { description, headers, content: Object.fromEntries([...(json ?? []), ...text]) }]
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
  return Object.fromEntries([...free, 'default' as const].map((status) => [status, referenceTo(status)]))
}

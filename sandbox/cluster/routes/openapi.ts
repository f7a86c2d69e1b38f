/** OpenAPI v3: the types in full, and which calls there are; from it kubectl learns to patch, explain and validate. */
import { Hono } from 'hono'
import type { Json } from '../api/objects.ts'
import { PATCH_TYPES } from '../api/patch.ts'
import { groupVersion, RESOURCES, type Resource } from '../api/resources.ts'
import { refused } from '../http/status.ts'
import { listRule } from '../schema/lists.ts'
import { type FieldType, fieldsOf } from '../schema/types.ts'
import type { Env } from '../world.ts'

const BODY = 'application/json'

/**
 * Version 2 describes nothing: kubectl asks for it, in this form alone, when it is given a List, and leaves the checking
 * of what is not described to the server. The bytes are `swagger: "2.0"`.
 */
const V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const V2_DOCUMENT = Uint8Array.from([0x0a, 3, ...Buffer.from('2.0')])

export function openApiRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/openapi/v2', (c) => c.body(V2_DOCUMENT, 200, { 'content-type': V2_TYPE }))
  app.get('/openapi/v3', (c) => {
    const paths = groupVersions().map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }])
    return c.json({ paths: Object.fromEntries(paths) })
  })
  app.get('/openapi/v3/:path{.+}', (c) => {
    const path = c.req.param('path')
    if (!groupVersions().includes(path)) throw refused(404)
    return c.json(documentOf(path))
  })
  return app
}

const rootOf = (resource: Resource): string => `${resource.group === '' ? 'api' : 'apis'}/${groupVersion(resource)}`

function groupVersions(): string[] {
  return [...new Set(RESOURCES.map(rootOf))]
}

function documentOf(path: string): Json {
  const resources = RESOURCES.filter((one) => rootOf(one) === path)
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.0' },
    paths: Object.fromEntries(resources.flatMap((resource) => pathsOf(path, resource))),
    components: { schemas: schemasOf(resources) },
  }
}

function pathsOf(root: string, resource: Resource): [string, Json][] {
  const collection = `/${root}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.plural}`
  if (resource.isReview) return [[collection, { post: operation(resource, [BODY]) }]]
  return [
    [collection, { get: operation(resource), post: operation(resource, [BODY]) }],
    [
      `${collection}/{name}`,
      {
        get: operation(resource),
        put: operation(resource, [BODY]),
        patch: operation(resource, PATCH_TYPES),
        delete: operation(resource),
      },
    ],
  ]
}

/** `bodies` are the media types of what is sent; what is sent may be dry-run, and its unknown fields refused. */
function operation(resource: Resource, bodies: readonly string[] = []): Json {
  const schema = { $ref: reference(resource.type) }
  const names = bodies.length === 0 ? [] : ['dryRun', 'fieldManager', 'fieldValidation']
  return {
    'x-kubernetes-group-version-kind': kindOf(resource),
    parameters: names.map((name) => ({ name, in: 'query', schema: { type: 'string' } })),
    ...(bodies.length > 0 && {
      requestBody: { content: Object.fromEntries(bodies.map((type) => [type, { schema }])) },
    }),
    responses: { 200: { description: 'OK', content: { [BODY]: { schema } } } },
  }
}

function kindOf({ group, version, kind }: Resource): Json {
  return { group, version, kind }
}

const reference = (type: string): string => `#/components/schemas/${type}`

/** The resources' types and all they are made of. */
function schemasOf(resources: readonly Resource[]): Json {
  const schemas: Record<string, Json> = {}
  const add = (type: string): void => {
    if (schemas[type] !== undefined) return
    const fields = [...(fieldsOf(type) ?? [])]
    schemas[type] = { type: 'object' }
    const properties = fields.map(([name, field]) => [
      name,
      { ...schemaOf(field, add), ...listExtensions(name, field) },
    ])
    schemas[type] = { type: 'object', properties: Object.fromEntries(properties) }
  }
  for (const resource of resources) {
    add(resource.type)
    schemas[resource.type] = { ...schemas[resource.type], 'x-kubernetes-group-version-kind': [kindOf(resource)] }
  }
  return schemas
}

function schemaOf(field: FieldType, add: (type: string) => void): Json {
  switch (field.kind) {
    case 'object':
      add(field.type)
      return { allOf: [{ $ref: reference(field.type) }] }
    case 'list':
      return { type: 'array', items: schemaOf(field.of, add) }
    case 'map':
      return { type: 'object', additionalProperties: schemaOf(field.of, add) }
    case 'any':
      return { type: 'object' }
    case 'scalar':
      return scalarOf(field.name, field.format)
  }
}

function scalarOf(name: string, format: string): Json {
  switch (name) {
    case 'number':
      return { type: format.startsWith('int') ? 'integer' : 'number', ...(format !== '' && { format }) }
    case 'boolean':
      return { type: 'boolean' }
    case 'Date':
    case 'V1MicroTime':
      return { type: 'string', format: 'date-time' }
    case 'IntOrString':
      return { 'x-kubernetes-int-or-string': true, oneOf: [{ type: 'integer' }, { type: 'string' }] }
    default:
      return { type: 'string', ...(format !== '' && { format }) }
  }
}

function listExtensions(name: string, field: FieldType): Json {
  const rule = field.kind === 'list' && field.of.kind === 'object' ? listRule(name) : undefined
  if (rule === undefined) return {}
  return {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': rule.keys,
    'x-kubernetes-patch-merge-key': rule.mergeKey,
    'x-kubernetes-patch-strategy': 'merge',
  }
}

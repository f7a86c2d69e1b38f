/** The description of the API held against serverless.yml, against the handlers, and against OpenAPI's own rules. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { routes } from '#lib/docs/document'
import type { RouteDoc } from '#lib/openapi/route'
import { readService } from '#scripts/service-file'
import { aTable } from '#test/helpers/dynamodb'

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'))
const { functions } = readService()

/** What OpenAPI 3.1 demands of the parts that we use. */
const RULES = {
  type: 'object',
  required: ['openapi', 'info', 'paths', 'components'],
  properties: {
    openapi: { pattern: '^3\\.1\\.\\d+$' },
    info: {
      required: ['title', 'version'],
      properties: { license: { required: ['name'], properties: { identifier: { type: 'string' } } } },
    },
    servers: { items: { required: ['url'] } },
    tags: { items: { required: ['name'] } },
    paths: {
      propertyNames: { pattern: '^/' },
      additionalProperties: {
        propertyNames: { enum: ['get', 'post', 'put', 'delete'] },
        additionalProperties: { $ref: '#/$defs/op' },
      },
    },
    components: {
      properties: {
        schemas: { propertyNames: { pattern: '^[A-Za-z0-9._-]+$' }, additionalProperties: { $ref: '#/$defs/schema' } },
        responses: { additionalProperties: { $ref: '#/$defs/response' } },
        parameters: { additionalProperties: { $ref: '#/$defs/parameter' } },
        securitySchemes: { additionalProperties: { required: ['type', 'scheme'] } },
      },
      propertyNames: { enum: ['schemas', 'responses', 'parameters', 'headers', 'securitySchemes'] },
    },
  },
  $defs: {
    schema: { $ref: 'https://json-schema.org/draft/2020-12/schema' },
    content: { additionalProperties: { required: ['schema'], properties: { schema: { $ref: '#/$defs/schema' } } } },
    parameter: {
      anyOf: [
        { required: ['$ref'] },
        {
          required: ['name', 'in', 'schema'],
          properties: { in: { enum: ['path', 'query', 'header'] }, schema: { $ref: '#/$defs/schema' } },
          if: { properties: { in: { const: 'path' } } },
          // biome-ignore lint/suspicious/noThenProperty: JSON Schema's word
          then: { required: ['required'], properties: { required: { const: true } } },
        },
      ],
    },
    response: {
      anyOf: [
        { required: ['$ref'] },
        { required: ['description'], properties: { content: { $ref: '#/$defs/content' } } },
      ],
    },
    op: {
      required: ['operationId', 'summary', 'security', 'responses'],
      properties: {
        parameters: { items: { $ref: '#/$defs/parameter' } },
        requestBody: { required: ['content'], properties: { content: { $ref: '#/$defs/content' } } },
        responses: {
          minProperties: 1,
          propertyNames: { pattern: '^([1-5]\\d\\d|default)$' },
          additionalProperties: { $ref: '#/$defs/response' },
        },
      },
    },
  },
}

/** Every `$ref` anywhere in the document. */
function refsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [value as string] : refsOf(value)))
}

const at = (pointer: string) =>
  pointer
    .slice(2)
    .split('/')
    .reduce((node, key) => node?.[key], document)

describe('the document', () => {
  it('obeys OpenAPI 3.1', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    ajv.validate(RULES, document)
    expect(ajv.errors ?? []).toEqual([])
  })

  it('refers to nothing that is not there', () => {
    expect(refsOf(document).filter((ref) => at(ref) === undefined)).toEqual([])
  })

  it('has a parameter for each name in a path, and no other in the path', () => {
    for (const [path, operations] of Object.entries<Record<string, { parameters?: { in?: string; name: string }[] }>>(
      document.paths,
    )) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const { parameters = [] } of Object.values(operations)) {
        expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(names)
      }
    }
  })
})

describe('every route of serverless.yml', () => {
  it('is documented under its function’s name, and nothing else is', () => {
    const served = Object.entries(functions).flatMap(([id, { events }]) =>
      events.flatMap(({ httpApi }) =>
        typeof httpApi === 'object' ? [`${id}: ${httpApi.method} ${httpApi.path}`] : [],
      ),
    )
    const documented = Object.entries<Record<string, { operationId: string }>>(document.paths).flatMap(
      ([path, operations]) =>
        Object.entries(operations).map(([method, { operationId }]) => `${operationId}: ${method} ${path}`),
    )
    expect(documented.toSorted()).toEqual(served.toSorted())
  })
})

/** Whom the functions of projects talk to; nobody is called here. */
const SERVICES = ['PROJECT', 'BACKLOG', 'SPRINT', 'CHRONICLE']
/** Their handlers check their input themselves, to answer in codes of their own. */
const CHECKED_BY_HAND = ['workflowRunStart', 'workflowRunGet', 'workflowRunAdvance']

describe.each(routes)('the route $method $path', (route) => {
  let handler: { readonly route: Partial<RouteDoc> }

  beforeAll(async () => {
    const { name, endpoint } = await aTable()
    Object.assign(process.env, {
      COXSWAIN_TABLE: name,
      DYNAMODB_ENDPOINT: endpoint,
      ALLOW_PRIVATE_URLS: '127.0.0.1:1',
      GITHUB_TOKEN: 'none',
      GITHUB_REPO: 'acme/shop',
      K8S_API_URL: 'http://127.0.0.1:1',
      K8S_TOKEN: 'none',
      ...Object.fromEntries(SERVICES.map((service) => [`${service}_SERVICE_URL`, 'http://127.0.0.1:1'])),
    })
    const [file = '', exported = ''] = functions[route.id]?.handler.split(/\.(?=\w+$)/) ?? []
    const module = new URL(`../../../${file}.ts`, import.meta.url).pathname
    handler = (await import(module))[exported]
  })

  it('is as its handler has it: who may call it, and whether repeats are harmless', () => {
    expect(handler.route.scope).toEqual(route.scope)
    expect(handler.route.idempotent ?? false).toBe(route.idempotent ?? false)
  })

  it.skipIf(CHECKED_BY_HAND.includes(route.id))('describes the very schemas that check its requests', () => {
    for (const part of ['params', 'query', 'body'] as const) expect(handler.route[part]).toBe(route[part])
  })
})

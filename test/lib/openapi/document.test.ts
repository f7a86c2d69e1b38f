import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { openApi, type Sources } from '#lib/openapi/document'
import type { RouteDoc } from '#lib/openapi/route'

const about = { title: 'Things', version: '1.0.0', description: 'Things.' }
const codes = { internal: 500, not_found: 404 }
const problems = { internal: { code: 'internal' }, not_found: { code: 'not_found' } }

function aRoute(more: Partial<RouteDoc> = {}): RouteDoc {
  const answers = { 200: { description: 'A thing.', schema: z.object({ name: z.string() }).meta({ id: 'DocThing' }) } }
  return { id: 'thingGet', method: 'get', path: '/things', summary: 'One', tag: 'T', scope: 'open', answers, ...more }
}

function sources(answers: Readonly<Record<string, unknown>>, request: object = {}): Sources {
  const example = { params: {}, query: {}, headers: {}, answers: { 200: answers }, ...request }
  return { codes, examples: { problems, operations: { thingGet: example } } }
}

const operationOf = (document: unknown, path = '/things', method = 'get') =>
  (document as { paths: Record<string, Record<string, Record<string, unknown>>> }).paths[path]?.[method]

describe('the description of an operation', () => {
  it('shows each kept answer under its name', () => {
    const document = openApi(about, [aRoute()], sources({ one: { name: 'a' }, other: { name: 'b' } }))
    expect(operationOf(document)).toMatchObject({
      responses: {
        200: { content: { 'application/json': { examples: { one: { value: { name: 'a' } }, other: {} } } } },
      },
    })
  })

  it('shows text beside JSON, each with the examples of its own form', () => {
    const answers = { 200: { description: 'A thing.', schema: z.unknown(), types: ['text/plain'] } }
    const document = openApi(about, [aRoute({ answers })], sources({ json: {}, text: 'a thing' }))
    expect(operationOf(document)).toMatchObject({
      responses: {
        200: {
          content: {
            'application/json': { examples: { json: { value: {} } } },
            'text/plain': { examples: { text: { value: 'a thing' } } },
          },
        },
      },
    })
  })

  it('shows the request of the sample, numbers of a query as numbers', () => {
    const limit = z.string().transform(Number).meta({ minimum: 1 })
    const route = aRoute({ query: z.strictObject({ limit }), body: z.strictObject({ name: z.string() }) })
    const request = { query: { limit: '20' }, body: { name: 'a' } }
    expect(operationOf(openApi(about, [route], sources({}, request)))).toMatchObject({
      parameters: [{ name: 'limit', example: 20 }],
      requestBody: {
        required: true,
        content: { 'application/json': { examples: { sample: { value: request.body } } } },
      },
    })
  })

  it('demands no body where an empty object would do', () => {
    const route = aRoute({ body: z.strictObject({ name: z.string().optional() }) })
    expect(operationOf(openApi(about, [route], sources({})))).toMatchObject({ requestBody: { required: false } })
  })

  it('refers to the response of each problem', () => {
    const document = openApi(about, [aRoute({ problems: [404] })], sources({}))
    expect(operationOf(document)).toMatchObject({
      responses: {
        404: { $ref: '#/components/responses/NotFound' },
        default: { $ref: '#/components/responses/Problem' },
      },
    })
    expect(document['components']).toMatchObject({
      responses: { NotFound: { content: { 'application/problem+json': { examples: { not_found: {} } } } } },
    })
  })
})

describe('a description that cannot be made', () => {
  it('names the operation without examples', () => {
    expect(() => openApi(about, [aRoute({ id: 'other' })], sources({}))).toThrow(
      'docs/examples has no answers of other',
    )
  })

  it('names the code without an example', () => {
    const { examples } = sources({})
    const lacking = { codes: { ...codes, gone: 410 }, examples }
    expect(() => openApi(about, [aRoute()], lacking)).toThrow('has no example of gone')
  })

  it('names the status without a response', () => {
    expect(() => openApi(about, [aRoute({ problems: [418] })], sources({}))).toThrow('no response for the status 418')
  })

  it('names two components of one name that differ', () => {
    const other = z.object({ size: z.int() }).meta({ id: 'DocTwice' })
    const first = z.object({ name: z.string() }).meta({ id: 'DocTwice' })
    const answers = (schema: z.ZodType) => ({ 200: { description: 'A thing.', schema } })
    const routes = [aRoute({ answers: answers(first) }), aRoute({ path: '/others', answers: answers(other) })]
    expect(() => openApi(about, routes, sources({}))).toThrow('Two schemas are called DocTwice')
  })
})

/** Answers held against docs/openapi.json: what a route answers must be what it is said to answer. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'

const document = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))

/** The same document, in which objects hold nothing that is not named: a member nobody documented shows. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]))
  const isOpen = inner['type'] === 'object' && 'properties' in inner && !('additionalProperties' in inner)
  return isOpen ? { ...inner, additionalProperties: false } : inner
}

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema({ $id: 'https://coxswain.test/api', ...(closed(document) as object) })

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** What is wrong with a value, held against the schema at this place of the document; empty when it fits. */
export function faultsOf(value: unknown, place: readonly string[]): readonly unknown[] {
  const pointer = place.map((part) => encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'))).join('/')
  ajv.validate({ $ref: `https://coxswain.test/api#/${pointer}` }, value)
  return ajv.errors ?? []
}

/** Fails when the answer of `route` (e.g. `GET /queue`) is not as documented. Returns it. */
export function documented<A extends Answer>(route: string, answer: A): A {
  const [method = '', path = ''] = route.split(' ')
  const operation = ['paths', path, method.toLowerCase()]
  const response = lookUp([...operation, 'responses', String(answer.status)])
  expect(response, `${route} is not said to answer ${answer.status}`).toBeDefined()
  const type = String(answer.headers['content-type']).split(';')[0] ?? ''
  const pointer = [...response!, 'content', type, 'schema']
  expect(lookUp(pointer), `${route} is not said to answer ${type}`).toBeDefined()
  expect(faultsOf(answer.body, pointer)).toEqual([])
  return answer
}

/** The place that a pointer leads to, references followed at its end; undefined when nothing is there. */
function lookUp(pointer: readonly string[]): readonly string[] | undefined {
  const found = pointer.reduce((node, key) => node?.[key], document)
  if (found === undefined) return undefined
  return typeof found.$ref === 'string' && found.$ref.includes('/responses/') ? found.$ref.slice(2).split('/') : pointer
}

/** Judges answers by GitHub's own OpenAPI description (3.0), translated to JSON Schema as far as it is referred to. */
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { expect } from 'vitest'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

/** Reduced to the routes that the stand-in serves, by `scripts/github-description.ts`. */
const file = new URL('../../recordings/github/description.json', import.meta.url)
const description: Json = JSON.parse(readFileSync(file, 'utf8'))
const ajv = new Ajv({ strict: false, allErrors: true })
formats.default(ajv)
const compiled = new Map<string, ValidateFunction>()

/** What GitHub answers with where the description of a route is silent. */
const COMMON = {
  401: 'requires_authentication',
  403: 'forbidden',
  404: 'not_found',
  410: 'gone',
  422: 'validation_failed',
}

/** Fails unless the answer is one GitHub might give to `METHOD /described/{path}`; returns its body. */
export async function expectAsDescribed(route: string, response: Response): Promise<unknown> {
  const text = await response.text()
  const schema = schemaOf(route, response.status)
  if (schema === undefined) {
    expect(text).toBe('')
    return undefined
  }
  const body: unknown = JSON.parse(text)
  const key = `${route} ${response.status}`
  const validate = compiled.get(key) ?? ajv.compile(translateAll(schema))
  compiled.set(key, validate)
  const problems = validate(body) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`)
  expect(problems, key).toEqual([])
  return body
}

/** Every route of the description, e.g. `get /repos/{owner}/{repo}`. */
export function describedRoutes(): string[] {
  const routes = Object.entries(at(description, 'paths') as JsonObject)
  return routes.flatMap(([path, item]) => Object.keys(item as JsonObject).map((method) => `${method} ${path}`))
}

function schemaOf(route: string, status: number): Json | undefined {
  const [method = '', path = ''] = route.split(' ')
  const responses = at(description, 'paths', path, method.toLowerCase(), 'responses')
  const common = COMMON[status as keyof typeof COMMON]
  const content = ['content', 'application/json', 'schema'] as const
  const described = at(responses, String(status))
  const usual = common && at(description, 'components', 'responses', common)
  if (described === undefined && usual === undefined) throw new Error(`${route} is not described to answer ${status}`)
  return at(described && resolve(described), ...content) ?? at(usual, ...content)
}

function at(json: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((place, key) => (isObject(place) ? place[key] : undefined), json)
}

const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

function resolve(json: Json): Json {
  const reference = at(json, '$ref')
  if (typeof reference !== 'string') return json
  const target = at(description, ...reference.split('/').slice(1))
  if (target === undefined) throw new Error(`${reference} leads nowhere`)
  return resolve(target)
}

/** The schema with everything it refers to, under `$defs`. */
function translateAll(schema: Json): JsonObject {
  const definitions: JsonObject = {}
  const translate = (json: Json): Json => {
    if (Array.isArray(json)) return json.map(translate)
    if (!isObject(json)) return json
    const reference = json['$ref']
    if (typeof reference === 'string') {
      const name = reference.split('/').at(-1) ?? ''
      if (!(name in definitions)) {
        definitions[name] = true
        definitions[name] = translate(resolve(json))
      }
      return { $ref: `#/$defs/${name}` }
    }
    const { nullable, example: _example, examples: _examples, ...rest } = json
    const translated = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, translate(value)]))
    return nullable === true ? { anyOf: [{ type: 'null' }, translated] } : translated
  }
  const root = translate(schema)
  return { allOf: [root], $defs: definitions }
}

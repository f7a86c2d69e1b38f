/**
 * Reduces GitHub's own OpenAPI description to the routes that the stand-in serves: `node scripts/github-description.ts`.
 *
 * The package that publishes it takes 400 MB when installed, so it is fetched apart, and only what the tests need of it is
 * kept in `test/recordings/github`. Run it when the stand-in learns a route or GitHub's description has a newer version.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { servedRoutes, shapeOfDescribed } from './github-routes.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

const PACKAGE = '@octokit/openapi'
const VERSION = '23.0.2'
const FOLDER = new URL('../test/recordings/github/', import.meta.url)
const REFERENCE = '#/components/'
/** Words for readers, and headers: no answer is judged by them. */
const PROSE = new Set(['description', 'summary', 'title', 'example', 'examples', 'externalDocs', 'headers'])
/** Members whose keys are names, so that one called `description` is no prose. */
const NAMED = new Set(['properties', 'responses', 'schemas', 'patternProperties'])
/** What is answered on a route where the description is silent; the names are those of the description. */
const COMMON = ['requires_authentication', 'forbidden', 'not_found', 'gone', 'validation_failed']

const { description, licence } = fetchPackage()
const reduced = reduce(description)
writeFileSync(new URL('description.json', FOLDER), `${JSON.stringify(reduced)}\n`)
writeFileSync(new URL('LICENSE', FOLDER), licence)

function fetchPackage(): { description: JsonObject; licence: string } {
  const folder = mkdtempSync(join(tmpdir(), 'github-description-'))
  try {
    execFileSync('npm', ['pack', '--silent', `${PACKAGE}@${VERSION}`], { cwd: folder })
    const files = ['package/generated/api.github.com.json', 'package/LICENSE']
    execFileSync('tar', ['-xzf', `octokit-openapi-${VERSION}.tgz`, ...files], { cwd: folder })
    const [description = '', licence = ''] = files.map((file) => readFileSync(join(folder, file), 'utf8'))
    return { description: JSON.parse(description) as JsonObject, licence }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function reduce(whole: JsonObject): JsonObject {
  const paths: JsonObject = {}
  const served = servedRoutes()
  for (const [path, item] of Object.entries(objectAt(whole, 'paths'))) {
    const methods = served.filter(({ shape }) => shape === shapeOfDescribed(path)).map(({ method }) => method)
    const operations = Object.entries(item as JsonObject).filter(([method]) => methods.includes(method))
    if (operations.length === 0) continue
    paths[path] = Object.fromEntries(operations.map(([method, operation]) => [method, answersOf(operation)]))
  }
  const components: JsonObject = { responses: {}, schemas: {} }
  const common = COMMON.map((name) => ({ $ref: `${REFERENCE}responses/${name}` }))
  keepReferred([paths, ...common], whole, components)
  const info = {
    package: PACKAGE,
    version: VERSION,
    licence: 'MIT, see LICENSE',
    reduced_by: 'scripts/github-description.ts',
  }
  return { info, paths, components }
}

function answersOf(operation: Json): Json {
  return { responses: withoutProse(objectAt(operation, 'responses'), true) }
}

/** Copies every component that is referred to, from wherever, until none is missing. */
function keepReferred(from: Json, whole: JsonObject, components: JsonObject): void {
  if (typeof from !== 'object' || from === null) return
  for (const value of Object.values(from)) {
    if (typeof value !== 'string' || !value.startsWith(REFERENCE)) {
      keepReferred(value, whole, components)
      continue
    }
    const [kind = '', name = ''] = value.slice(REFERENCE.length).split('/')
    if (name in objectAt(components, kind)) continue
    const kept = withoutProse(objectAt(whole, 'components', kind, name), false)
    objectAt(components, kind)[name] = kept
    keepReferred(kept, whole, components)
  }
}

function withoutProse(json: Json, areNames: boolean): Json {
  if (Array.isArray(json)) return json.map((member) => withoutProse(member, false))
  if (typeof json !== 'object' || json === null) return json
  const kept = Object.entries(json).filter(([key]) => areNames || !(PROSE.has(key) || key.startsWith('x-')))
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutProse(value, !areNames && NAMED.has(key))]))
}

function objectAt(json: Json | undefined, ...path: readonly string[]): JsonObject {
  const place = path.reduce<Json | undefined>((at, key) => (at as JsonObject | undefined)?.[key], json)
  if (typeof place !== 'object' || place === null || Array.isArray(place))
    throw new Error(`The description has no object at ${path.join(' / ')}.`)
  return place
}

/** Dry run: the Kubernetes manifests and JSON Schemas of a proposal are validated as a server would, without one. */
import type { CheckSuite } from '#lib/councils/model'
import { MOST_DOCUMENTS } from './bounds.ts'
import type { Document } from './documents.ts'
import { type Compile, isJsonSchema, judgeSchema } from './json-schemas.ts'
import { isPatch, judgeManifest, judgePatch, kindOf, type Schemas, schemasFor, unlisted } from './manifests.ts'
import { at, isObject, type Json } from './objects.ts'
import { clipped, counted, listed } from './wording.ts'

export interface Validators {
  readonly schemas: Schemas
  readonly compile?: Compile
}

interface Result {
  readonly what: 'manifest' | 'schema'
  /** `partial`: valid as far as it could be judged. */
  readonly kind: 'valid' | 'invalid' | 'unknown' | 'partial'
  /** Lines of the output. */
  readonly output: readonly string[]
}

/** Lines of output; the rest is counted. */
const MOST_OUTPUT = 60
/** Faults told of one document. */
const MOST_FAULTS = 8
const LONGEST_NAME = 80

/** The documents that a dry run can judge, and how many more there are. */
function judged(documents: readonly Document[]): { readonly some: readonly Document[]; readonly more: number } {
  const all = documents.flatMap(unlisted).filter(({ value }) => kindOf(value) !== undefined || isJsonSchema(value))
  return { some: all.slice(0, MOST_DOCUMENTS), more: Math.max(0, all.length - MOST_DOCUMENTS) }
}

/** Loads the schemas and the compiler that these documents need, and no others. */
export async function validatorsFor(
  documents: readonly Document[],
  compiler: () => Promise<Compile>,
): Promise<Validators> {
  const { some } = judged(documents)
  const schemas = await schemasFor(some.flatMap(({ value }) => kindOf(value) ?? []))
  return some.some(({ value }) => isJsonSchema(value)) ? { schemas, compile: await compiler() } : { schemas }
}

export function dryRun(validators: Validators, documents: readonly Document[]): CheckSuite['dryrun'] {
  const { some, more } = judged(documents)
  const results = some.map((document) => resultOf(validators, document))
  const passed = !results.some(({ kind }) => kind === 'invalid')
  const output = listed(
    results.flatMap((result) => result.output),
    MOST_OUTPUT,
  ).join('\n')
  return { passed, output, exit_code: passed ? 0 : 1, message: messageOf(results, more) }
}

function resultOf({ schemas, compile }: Validators, document: Document): Result {
  const { line, value } = document
  if (isObject(value) && kindOf(value) !== undefined) return manifestResult(schemas, document, value)
  if (compile === undefined || !isObject(value)) return { what: 'schema', kind: 'unknown', output: [] }
  const { kind, fault } = judgeSchema(compile, value)
  const name = clipped(String(value['$id'] ?? value['title'] ?? ''), LONGEST_NAME)
  return {
    what: 'schema',
    kind,
    output: lines(line, `JSON Schema ${JSON.stringify(name)}`, fault === '' ? [] : [fault]),
  }
}

const NO_SCHEMA = 'no schema for this kind: not validated'
const TEMPLATE = 'a template: what is filled in later is not known, the rest is valid'
const PATCH = 'a patch: its fields are valid, the whole is not known'

function manifestResult(schemas: Schemas, { line, comment }: Document, value: Json): Result {
  const patch = isPatch(value, comment)
  const { kind, faults } = patch ? judgePatch(schemas, value) : judgeManifest(schemas, value)
  const name = clipped(String(at(value, 'metadata.name') ?? ''), LONGEST_NAME)
  const title = clipped(`${value['apiVersion']} ${value['kind']} ${JSON.stringify(name)}`)
  if (kind === 'unknown') return { what: 'manifest', kind, output: lines(line, title, [NO_SCHEMA]) }
  if (kind === 'partial') return { what: 'manifest', kind, output: lines(line, title, [TEMPLATE]) }
  if (!patch || faults.length > 0) return { what: 'manifest', kind, output: lines(line, title, faults) }
  return { what: 'manifest', kind: 'partial', output: lines(line, title, [PATCH]) }
}

function lines(line: number, title: string, faults: readonly string[]): readonly string[] {
  if (faults.length === 0) return [`line ${line}: ${title}: valid`]
  return listed(faults, MOST_FAULTS).map((fault) => `line ${line}: ${title}: ${fault}`)
}

function messageOf(results: readonly Result[], more: number): string {
  if (results.length === 0) return 'nothing to dry-run: no Kubernetes manifest or JSON Schema in the proposal'
  const count = (test: (result: Result) => boolean) => results.filter(test).length
  const manifests = count(({ what }) => what === 'manifest')
  const schemas = results.length - manifests
  const parts = [
    ...(manifests > 0 ? [counted(manifests, 'Kubernetes manifest')] : []),
    ...(schemas > 0 ? [counted(schemas, 'JSON Schema')] : []),
  ]
  const invalid = count(({ kind }) => kind === 'invalid')
  const unknown = count(({ kind }) => kind === 'unknown')
  const partial = count(({ kind }) => kind === 'partial')
  return [
    `${parts.join(' and ')}: ${invalid === 0 ? 'none is invalid' : `${invalid} invalid`}`,
    ...(unknown > 0 ? [`${unknown} not validated for want of a schema`] : []),
    ...(partial > 0 ? [`${partial} judged in part only (templates, patches and excerpts)`] : []),
    ...(more > 0 ? [`${more} more not looked at`] : []),
  ].join('; ')
}

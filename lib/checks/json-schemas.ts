/** JSON Schemas found in a proposal, compiled by ajv: against their meta-schema, with every `$ref` resolved. */
import { isObject, type Json } from './objects.ts'

/** `null`: a dialect that is recognised and not checked. */
type Dialect = 'draft-07' | '2019-09' | '2020-12' | null

/**
 * Compiles a schema of the dialect, or throws; schemas do not see each other. `excerpt`: it is held against the
 * meta-schema alone, references unresolved.
 */
export type Compile = (dialect: Exclude<Dialect, null>, schema: Json, excerpt?: boolean) => void

export interface SchemaVerdict {
  readonly kind: 'valid' | 'invalid' | 'unknown' | 'partial'
  readonly fault: string
}

const JSON_SCHEMA = /^https?:\/\/json-schema\.org\//
const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['draft-07/schema', 'draft-07'],
  ['draft/2019-09/schema', '2019-09'],
  ['draft/2020-12/schema', '2020-12'],
])

/** True of a value that says it is a JSON Schema, or that can hardly be anything else. */
export function isJsonSchema(value: unknown): value is Json {
  if (!isObject(value) || 'apiVersion' in value) return false
  // An editor's `$schema` names the schema of a document; only the meta-schemas make it a schema itself.
  if (value['$schema'] !== undefined) return JSON_SCHEMA.test(String(value['$schema']))
  return value['type'] === 'object' && isObject(value['properties']) && !Object.hasOwn(value, 'kind')
}

/** Loads ajv. Each dialect's compiler is made when it is first needed, and kept: its meta-schema takes longest. */
export async function loadCompiler(): Promise<Compile> {
  const [{ Ajv }, { Ajv2019 }, { Ajv2020 }, formats] = await Promise.all([
    import('ajv'),
    import('ajv/dist/2019.js'),
    import('ajv/dist/2020.js'),
    import('ajv-formats'),
  ])
  const classes = { 'draft-07': Ajv, '2019-09': Ajv2019, '2020-12': Ajv2020 } as const
  // Unknown keywords are annotations, as the specification says; nothing is logged, fetched or kept under its id. What is
  // compiled is never run, so that making it faster would only cost.
  const options = {
    strict: false,
    allErrors: true,
    logger: false,
    addUsedSchema: false,
    code: { optimize: false },
  } as const
  const made = new Map<string, InstanceType<(typeof classes)[keyof typeof classes]>>()
  return (dialect, schema, excerpt = false) => {
    const ajv = made.get(dialect) ?? formats.default.default(new classes[dialect](options))
    made.set(dialect, ajv)
    try {
      if (!excerpt) ajv.compile(schema)
      else if (ajv.validateSchema(schema) !== true) throw new Error(`schema is invalid: ${ajv.errorsText(ajv.errors)}`)
    } finally {
      ajv.removeSchema(schema)
    }
  }
}

export function judgeSchema(compile: Compile, schema: Json): SchemaVerdict {
  const dialect = dialectOf(schema)
  if (dialect === null) return { kind: 'unknown', fault: 'only draft-07, 2019-09 and 2020-12 are checked' }
  try {
    compile(dialect, schema)
    return { kind: 'valid', fault: '' }
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'invalid', fault: 'refers to itself without end' }
    const missing = missingRef(error)
    if (missing.startsWith('#') && isExcerpt(schema, missing)) return judgeExcerpt(compile, dialect, schema, missing)
    if (REMOTE.test(missing)) return { kind: 'unknown', fault: 'refers to a schema elsewhere, which is not fetched' }
    return { kind: 'invalid', fault: error instanceof Error ? error.message : 'cannot be compiled' }
  }
}

/** Draft-07 where none is named: it reads what the later ones brought as annotations. */
function dialectOf(schema: Json): Dialect {
  const named = schema['$schema']
  if (named === undefined) return 'draft-07'
  return DIALECTS.get(String(named).replace(JSON_SCHEMA, '').replace(/#$/, '')) ?? null
}

const REMOTE = /^[a-z][a-z0-9+.-]*:/i

/** The reference that leads nowhere; empty when that is not what is wrong. */
function missingRef(error: unknown): string {
  return error instanceof Error && 'missingRef' in error ? String(error.missingRef) : ''
}

/** A schema that does not say it is a whole one, or that refers to an API description around it. */
function isExcerpt(schema: Json, missing: string): boolean {
  return schema['$schema'] === undefined || missing.startsWith('#/components/')
}

function judgeExcerpt(compile: Compile, dialect: Exclude<Dialect, null>, schema: Json, missing: string): SchemaVerdict {
  try {
    compile(dialect, schema, true)
    return { kind: 'partial', fault: `an excerpt: ${missing} is not in it; schema only` }
  } catch (error) {
    return { kind: 'invalid', fault: error instanceof Error ? error.message : 'cannot be compiled' }
  }
}

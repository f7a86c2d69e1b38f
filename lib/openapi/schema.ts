/** Schemas of zod as the JSON Schema of OpenAPI 3.1: named ones apart, everything else in its place. */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'

export type JsonSchema = Readonly<Record<string, unknown>>

/** A schema whose references lead into `components/schemas`, and the components it needs. */
export interface Converted {
  readonly schema: JsonSchema
  readonly components: Readonly<Record<string, JsonSchema>>
}

interface Overridden {
  readonly zodSchema: z.core.$ZodTypes
  readonly jsonSchema: z.core.JSONSchema.BaseSchema
}

const COMPONENTS = '#/components/schemas/'
const DEFS = '#/$defs/'
/** What zod calls a schema that holds itself and has no name. The only one is any JSON value. */
const NAMELESS = /^__schema\d+$/
const ANY_JSON = { description: 'Any JSON value.' }

/** Where a schema stands: callers send parameters and bodies, and get answers. */
export type Use = 'parameters' | 'body' | 'answer'

/**
 * A schema with an `id` in its metadata becomes a component of that name. What callers send is described as it is before
 * defaults and transformations, what they get as it is after them.
 */
export function toOpenApi(schema: z.ZodType, use: Use): Converted {
  // Inside an object a named schema becomes a reference, at the root it would not.
  const io = use === 'answer' ? 'output' : 'input'
  const override = (given: Overridden) => adapt(given, use)
  const whole = z.toJSONSchema(z.object({ it: schema }), { io, override })
  const { it } = whole.properties ?? {}
  const defs = Object.entries(whole.$defs ?? {})
  if (defs.filter(([name]) => NAMELESS.test(name)).length > 1) throw new Error('Give each recursive schema an id.')
  return {
    schema: rewritten(it) as JsonSchema,
    components: Object.fromEntries(defs.map(([name, def]) => [nameOf(name), componentOf(name, def)])),
  }
}

function componentOf(name: string, def: unknown): JsonSchema {
  if (NAMELESS.test(name)) return ANY_JSON
  const { id: _, ...rest } = rewritten(def) as JsonSchema
  return rest
}

function adapt({ zodSchema, jsonSchema }: Overridden, use: Use): void {
  // An answer may gain members: only a schema that refuses unknown ones is closed.
  if (zodSchema._zod.def.type === 'object' && zodSchema._zod.def.catchall === undefined) {
    delete jsonSchema.additionalProperties
  }
  // A query's number travels as text: the schema reads text, the caller has a number in mind.
  if (jsonSchema.type === 'string' && typeof jsonSchema.minimum === 'number') {
    jsonSchema.type = 'integer'
    delete jsonSchema.pattern
    if (zodSchema._zod.def.type === 'default') jsonSchema.default = zodSchema._zod.def.defaultValue
  }
  // By the keyword, generators of clients demand the member of every caller, or send it for them.
  if (use === 'body' && 'default' in jsonSchema) {
    const said = `Default: ${JSON.stringify(jsonSchema.default)}.`
    jsonSchema.description = jsonSchema.description === undefined ? said : `${jsonSchema.description} ${said}`
    delete jsonSchema.default
  }
  // Classes such as \p{L} are not read alike everywhere: the server alone checks them.
  if (jsonSchema.pattern?.includes('\\p{')) delete jsonSchema.pattern
  if (zodSchema._zod.def.type === 'tuple') {
    Object.assign(jsonSchema, asArray(jsonSchema))
    delete jsonSchema.prefixItems
  }
  // Beside its type, generators of clients take a constant for any boolean, and cannot tell a union by it.
  if (typeof jsonSchema.const === 'boolean') delete jsonSchema.type
  // What every whole number in JSON is bound by need not be said.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

/** A tuple of one kind of member as an array of that length: generators of clients read no other form. */
function asArray({ prefixItems = [] }: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema {
  const [first, ...others] = prefixItems
  if (first === undefined || others.some((other) => !isDeepStrictEqual(other, first))) {
    throw new Error('A tuple needs members of one kind: describe this one as an object.')
  }
  return { items: first, minItems: prefixItems.length, maxItems: prefixItems.length }
}

/** The same with references into the components. */
function rewritten(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(rewritten)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === '$ref' && typeof value === 'string' ? [key, referenceOf(value)] : [key, rewritten(value)],
    ),
  )
}

const referenceOf = (ref: string): string => (ref.startsWith(DEFS) ? COMPONENTS + nameOf(ref.slice(DEFS.length)) : ref)

const nameOf = (name: string): string => (NAMELESS.test(name) ? 'Json' : name)

import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { toOpenApi } from '#lib/openapi/schema'

describe('a schema for OpenAPI', () => {
  it('is what a caller sends: before defaults and transformations', () => {
    const schema = z.strictObject({ name: z.string().default('x').transform(Number) })
    expect(toOpenApi(schema, 'parameters')).toEqual({
      schema: {
        type: 'object',
        properties: { name: { type: 'string', default: 'x' } },
        additionalProperties: false,
      },
      components: {},
    })
  })

  it('says the default of a body in words, so that no client is made to send it', () => {
    const schema = z.object({
      name: z.string().default('x'),
      of: z.int().default(1).meta({ description: 'How many.' }),
    })
    expect(toOpenApi(schema, 'body').schema).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', description: 'Default: "x".' },
        of: { type: 'integer', description: 'How many. Default: 1.' },
      },
    })
  })

  it('names the schemas that have an id, and refers to them', () => {
    const pet = z.object({ name: z.string() }).meta({ id: 'TestPet' })
    const { schema, components } = toOpenApi(z.object({ pets: z.array(pet) }).meta({ id: 'TestPets' }), 'body')
    expect(schema).toEqual({ $ref: '#/components/schemas/TestPets' })
    expect(components).toMatchObject({
      TestPet: { type: 'object', properties: { name: { type: 'string' } } },
      TestPets: { properties: { pets: { type: 'array', items: { $ref: '#/components/schemas/TestPet' } } } },
    })
    expect(components['TestPet']).not.toHaveProperty('id')
  })

  it('calls any JSON value by one name', () => {
    const { schema, components } = toOpenApi(z.record(z.string(), z.json()), 'body')
    expect(schema).toMatchObject({ additionalProperties: { $ref: '#/components/schemas/Json' } })
    expect(Object.keys(components)).toEqual(['Json'])
  })

  it('shows the number that a text of a query stands for', () => {
    const limit = z.string().regex(/^\d+$/).transform(Number).default(50).meta({ minimum: 1 })
    expect(toOpenApi(limit, 'parameters').schema).toEqual({ type: 'integer', minimum: 1, default: 50 })
  })

  it('refuses a second recursive schema without a name', () => {
    const tree: z.ZodType = z.lazy(() => z.array(tree))
    expect(() => toOpenApi(z.object({ tree, json: z.json() }), 'body')).toThrow('id')
  })

  it('leaves answers open, unless their schema refuses what it does not know', () => {
    const open = toOpenApi(z.object({ name: z.string() }), 'answer').schema
    const closed = toOpenApi(z.strictObject({ name: z.string() }), 'answer').schema
    expect(open).not.toHaveProperty('additionalProperties')
    expect(closed).toMatchObject({ additionalProperties: false })
  })

  it('says of an answer what stands in it after its defaults', () => {
    const schema = z.object({ owner: z.string().default('us') })
    expect(toOpenApi(schema, 'parameters').schema).not.toHaveProperty('required')
    expect(toOpenApi(schema, 'answer').schema).toMatchObject({ required: ['owner'] })
  })

  it('shows a constant boolean without its type, so that clients tell a union by it', () => {
    expect(toOpenApi(z.literal(true), 'answer').schema).toEqual({ const: true })
  })

  it('shows a pair of numbers as an array of two', () => {
    const pair = toOpenApi(z.tuple([z.number(), z.number()]), 'answer').schema
    expect(pair).toEqual({ type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 })
    expect(() => toOpenApi(z.tuple([z.number(), z.string()]), 'answer')).toThrow('as an object')
  })

  it('leaves out a pattern that not every dialect of regular expressions reads', () => {
    expect(toOpenApi(z.string().regex(/^\p{L}+$/u), 'body').schema).toEqual({ type: 'string' })
    expect(toOpenApi(z.string().regex(/^[a-z]+$/), 'body').schema).toEqual({ type: 'string', pattern: '^[a-z]+$' })
  })
})

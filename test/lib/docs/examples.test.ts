/** The examples of the API's description: each operation has them, and each fits the schema that it stands beside. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { routes } from '#lib/docs/document'
import { AppError, type ErrorCode, HTTP_STATUS } from '#lib/errors'
import { RUN_CODES } from '#lib/workflows/answers'
import { readExamples } from '#scripts/examples'
import { aStack, send } from '#test/helpers/http'
import { faultsOf } from '#test/helpers/openapi'

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'))
const examples = readExamples()

interface Shown {
  readonly name: string
  readonly value: unknown
  /** Where the schema stands. */
  readonly schema: readonly string[]
}

interface Media {
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly Readonly<Record<string, unknown>>[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>
}

const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ ...operation, place: ['paths', path, method] })),
)

function shownIn(content: Readonly<Record<string, Media>> | undefined, place: readonly string[]): readonly Shown[] {
  return Object.entries(content ?? {}).flatMap(([type, media]) =>
    Object.entries(media.examples ?? {}).map(([name, { value }]) => {
      return { name, value, schema: [...place, 'content', type, 'schema'] }
    }),
  )
}

describe.each(operations)('the operation $operationId', ({ place, parameters = [], requestBody, responses }) => {
  it('shows a body where it takes one, and the body fits', () => {
    const shown = shownIn(requestBody?.content, [...place, 'requestBody'])
    expect(shown.length > 0).toBe(requestBody !== undefined)
    for (const { value, schema } of shown) expect(faultsOf(value, schema)).toEqual([])
  })

  it('shows a value of each parameter without which it cannot be called, and the values fit', () => {
    for (const [at, parameter] of parameters.entries()) {
      if (parameter['required'] === true) expect(parameter).toHaveProperty('example')
      if (!('example' in parameter)) continue
      expect(faultsOf(parameter['example'], [...place, 'parameters', String(at), 'schema'])).toEqual([])
    }
  })

  it('shows an answer for each success and each of its media types, and the answers fit', () => {
    const own = Object.entries(responses).filter(([, response]) => response.content !== undefined)
    expect(own).not.toEqual([])
    for (const [status, { content = {} }] of own) {
      for (const type of Object.keys(content)) {
        const shown = shownIn({ [type]: content[type] ?? {} }, [...place, 'responses', status])
        expect(shown.length, `${status} ${type} has no example`).toBeGreaterThan(0)
        for (const { name, value, schema } of shown) expect({ [name]: faultsOf(value, schema) }).toEqual({ [name]: [] })
      }
    }
  })
})

describe('the answers that are kept in docs/examples', () => {
  it('belong to an operation and to one of its successes', () => {
    const known = new Map(routes.map(({ id, answers }) => [id, Object.keys(answers)]))
    const kept = Object.entries(examples.operations).map(([id, { answers }]) => [id, Object.keys(answers)] as const)
    expect(kept.filter(([id, statuses]) => !statuses.every((status) => known.get(id)?.includes(status)))).toEqual([])
  })
})

describe('the problems', () => {
  it('have an example of each code and of no other', () => {
    const codes = [...Object.keys(HTTP_STATUS), ...Object.keys(RUN_CODES)]
    expect(Object.keys(examples.problems).toSorted()).toEqual(codes.toSorted())
    expect(document.components.schemas.ProblemCode.enum.toSorted()).toEqual(codes.toSorted())
  })

  it.each(Object.keys(HTTP_STATUS) as ErrorCode[])('say of %s what the service says', async (code) => {
    const { api } = aStack()
    const handler = api({ scope: 'open' }, () => {
      throw new AppError(code, 'Any sentence.')
    })
    const { status, body } = await send(handler, { told: null })
    expect(examples.problems[code]).toMatchObject({ code, status, type: body.type, title: body.title })
  })

  it('fit their schema', () => {
    const schema = ['components', 'schemas', 'Problem']
    for (const value of Object.values(examples.problems)) expect(faultsOf(value, schema)).toEqual([])
  })
})

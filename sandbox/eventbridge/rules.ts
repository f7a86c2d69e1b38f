/** The rules of a serverless.yml: those written as a function's event, and those written as resources. */
import { parse, type ScalarTag } from 'yaml'
import * as z from 'zod'
import { AppError } from '#lib/errors'
import { checkPattern, type JsonObject } from './pattern.ts'

export interface Rule {
  readonly name: string
  readonly pattern: JsonObject
  /** Functions or addresses that the rule is for. */
  readonly targets: readonly string[]
}

const object = z.record(z.string(), z.json())
const functionEvent = z.object({ eventBridge: z.object({ pattern: object.optional() }) })
const functions = z.record(z.string(), z.object({ events: z.array(z.unknown()).nullish() }))
const ruleResource = z.object({
  Type: z.literal('AWS::Events::Rule'),
  Properties: z.object({
    EventPattern: object.optional(),
    Targets: z.array(z.looseObject({ Id: z.string() })).default([]),
  }),
})
const service = z.object({
  functions: functions.nullish(),
  resources: z.object({ Resources: z.record(z.string(), z.unknown()).nullish() }).nullish(),
})

/** CloudFormation's short forms, whose values do not matter here. */
const INTRINSICS = ['!Ref', '!Sub', '!GetAtt', '!Join', '!Select', '!If', '!ImportValue']
const customTags: ScalarTag[] = INTRINSICS.map((tag) => ({ tag, resolve: (text) => text }))

/** Throws `invalid`, naming the rule, for a pattern that EventBridge would not take. */
export function rulesOf(serverlessYaml: string): readonly Rule[] {
  const read = service.parse(parse(serverlessYaml, { customTags, logLevel: 'error' }))
  const byFunction = Object.entries(read.functions ?? {}).flatMap(([name, { events }]) =>
    (events ?? []).flatMap((event, at) => {
      const pattern = functionEvent.safeParse(event).data?.eventBridge.pattern
      return pattern === undefined ? [] : [{ name: `${name}-${at + 1}`, pattern, targets: [name] }]
    }),
  )
  const byResource = Object.entries(read.resources?.Resources ?? {}).flatMap(([name, resource]) => {
    const { EventPattern, Targets } = ruleResource.safeParse(resource).data?.Properties ?? {}
    return EventPattern === undefined
      ? []
      : [{ name, pattern: EventPattern, targets: (Targets ?? []).map(({ Id }) => Id) }]
  })
  return [...byFunction, ...byResource].map(checkedRule)
}

/** Throws `invalid` for a pattern that is none. */
export function checkedRule(rule: Rule): Rule {
  const checked = checkPattern(rule.pattern)
  if (checked.ok) return rule
  throw new AppError('invalid', `The pattern of the rule ${rule.name} is wrong: ${checked.problem}.`)
}

/** The stand-in's matcher against answers of Amazon's own, recorded once. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { checkPattern, type JsonObject, matches } from '#sandbox/eventbridge/pattern'

const object = z.record(z.string(), z.json())
const recorded = z
  .object({
    source: z.string(),
    events: z.array(object),
    cases: z.array(
      z.object({ event: z.int(), pattern: object, match: z.boolean().optional(), refused: z.string().optional() }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../recordings/eventbridge/patterns.json', import.meta.url), 'utf8')))

describe('a pattern, as Amazon’s matcher takes it', () => {
  it.each(recorded.cases.map((one) => [JSON.stringify(one.pattern), one] as const))('%s', (_text, one) => {
    const pattern = one.pattern as JsonObject
    const event = recorded.events[one.event] as JsonObject
    expect(checkPattern(pattern).ok).toBe(one.refused === undefined)
    if (one.match !== undefined) expect(matches(pattern, event)).toBe(one.match)
  })
})

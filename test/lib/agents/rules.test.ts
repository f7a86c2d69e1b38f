import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ofStatus, retryAfterOf } from '#lib/agents/backend'
import { createLimiter } from '#lib/agents/limiter'
import { createPriceList } from '#lib/agents/prices'
import { askAgain, judgePrompt, numberOf, proposePrompt } from '#lib/agents/prompts'
import { judgementSchema, readJson, readJudgement, readReviews, reviewSchema } from '#lib/agents/reading'
import { dimensionsOf } from '#lib/agents/rubric'
import { minutes, seconds } from '#lib/clock'
import { aClock, START } from '#test/helpers/clock'
import { passing, task } from './helpers.ts'

const names = (rubric: string) => dimensionsOf(rubric).map(({ name }) => name)

describe('a rubric', () => {
  it.each([
    ['Secure, maintainable code', ['secure', 'maintainable_code']],
    ['- Security (40%): no secrets, no injection\n- Tests: they fail first', ['security', 'tests']],
    ['1. Correct.\n2. Fast; small', ['correct', 'fast', 'small']],
    ['Security: no secrets, no injection', ['security']],
    ['Fast, fast, FAST', ['fast']],
    ['安全, 速度', ['dimension_1', 'dimension_2']],
    ['Qualität', ['qualita_t']],
    ['', ['correctness', 'completeness', 'clarity']],
    [' ,;\n- ', ['correctness', 'completeness', 'clarity']],
    ['a,b,c,d,e,f,g,h,i,j', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']],
    ['__proto__, constructor', ['proto', 'constructor']],
  ])('%j has the dimensions %j', (rubric, dimensions) => expect(names(rubric)).toEqual(dimensions))

  it('of any text has one to eight dimensions with names of their own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (rubric) => {
        const found = names(rubric)
        expect(found.length).toBeGreaterThanOrEqual(1)
        expect(found.length).toBeLessThanOrEqual(8)
        expect(new Set(found).size).toBe(found.length)
        for (const name of found) expect(name).toMatch(/^[a-z0-9][a-z0-9_]{0,39}$/)
      }),
    )
  })
})

describe('an answer in JSON', () => {
  it.each([
    '{"a":1}',
    ' {"a":1}\n',
    '```json\n{"a":1}\n```',
    'Here it is:\n```\n{"a":1}\n```\nDone.',
    'Sure! {"a":1} Bye.',
  ])('is found in %j', (text) => expect(readJson(text)).toEqual({ a: 1 }))
  it.each(['', 'no', '{', '{"a":', '}{'])('is not found in %j', (text) => expect(readJson(text)).toBeUndefined())
})

describe('reviews', () => {
  const dimensions = dimensionsOf('a, b')
  const good = (proposal: number) => ({ proposal, scores: { a: 0, b: 1 }, critique: ' fine ' })
  const read = (reviews: unknown[]) => readReviews(JSON.stringify({ reviews }), dimensions, [1, 2])

  it.each<[string, unknown]>([
    ['a score above 1', { ...good(1), scores: { a: 1.1, b: 0 } }],
    ['a score below 0', { ...good(1), scores: { a: -0.1, b: 0 } }],
    ['a score that is no number', { ...good(1), scores: { a: 'high', b: 0 } }],
    ['a dimension missing', { ...good(1), scores: { a: 1 } }],
    ['scores inherited', { ...good(1), scores: { __proto__: { a: 1, b: 1 } } }],
    ['no critique', { proposal: 1, scores: { a: 1, b: 1 } }],
    ['a proposal nobody showed', good(3)],
    ['nothing in it', null],
  ])('with %s are void, the others stand', (_, wrong) => {
    expect(read([wrong, good(2)])).toEqual({
      value: [{ proposal: 2, scores: { a: 0, b: 1 }, critique: 'fine' }],
      complaint: expect.stringContaining('review of 1'),
    })
  })

  it('are taken once per proposal, in order, without what nobody asked for', () => {
    const doubled = { ...good(2), scores: { a: 0, b: 1, charm: 1 }, self: true }
    expect(read([doubled, good(1), { ...good(2), critique: 'again' }])).toEqual({
      value: [1, 2].map((proposal) => ({ proposal, scores: { a: 0, b: 1 }, critique: 'fine' })),
      complaint: '',
    })
  })

  it('never throw, whatever is said', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        for (const { scores } of readReviews(text, dimensions, [1, 2]).value ?? [])
          for (const score of Object.values(scores)) expect(score >= 0 && score <= 1).toBe(true)
        expect([1, 2, undefined]).toContain(readJudgement(text, [1, 2]).value?.candidate)
      }),
    )
  })

  it('are asked for in a closed schema', () => {
    expect(reviewSchema(dimensions, [1, 2])).toMatchObject({
      type: 'object',
      required: ['reviews'],
      additionalProperties: false,
      properties: { reviews: { items: { properties: { proposal: { enum: [1, 2] } }, additionalProperties: false } } },
    })
    expect(judgementSchema([3])).toMatchObject({ required: ['candidate', 'reason'] })
  })
})

describe('prices', () => {
  const { of, cost } = createPriceList({ mine: { input: 2, output: 4 } })
  const million = { input_tokens: 1_000_000, output_tokens: 1_000_000 }

  it('are found by name, with a date or without', () => {
    for (const model of ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-latest'])
      expect(of(model)).toEqual({ input: 2.5, output: 10 })
    expect(of('claude-sonnet-4-5-20250929')).toEqual({ input: 3, output: 15 })
    expect(of('mine')).toEqual({ input: 2, output: 4 })
    expect([of('gpt-4o-audio'), of('constructor'), of('')]).toEqual([undefined, undefined, undefined])
  })

  it('of unknown models are the dearest at a vendor and nothing at home', () => {
    expect(cost('mine', million, true)).toBe(6)
    expect(cost('gpt-99', million, false)).toBeGreaterThanOrEqual(cost('gpt-4', million, false))
    expect(cost('gpt-99', million, true)).toBe(0)
  })
})

describe('a vendor that wants rest', () => {
  const now = START
  const read = (headers: Record<string, string>) => retryAfterOf((name) => headers[name], now)

  it.each<[Record<string, string>, number | null]>([
    [{}, null],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '70', 'retry-after': '3' }, 70],
    [{ 'retry-after': new Date(START + 5_000).toUTCString() }, 5_000],
    [{ 'retry-after': new Date(START - 5_000).toUTCString() }, 0],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '-4' }, null],
    [{ 'retry-after': '999999' }, 3_600_000],
  ])('%j is left alone for %s ms', (headers, ms) => expect(read(headers)).toBe(ms))

  it('is repeated only where that can help', () => {
    const repeats = [408, 409, 425, 429, 500, 502, 503, 529].map((status) => ofStatus('v', status, null).repeat)
    expect(repeats.every((it) => it)).toBe(true)
    const ends = [301, 400, 401, 403, 404, 413, 422].map((status) => ofStatus('v', status, null).repeat)
    expect(ends.some((it) => it)).toBe(false)
  })
})

describe('a limiter', () => {
  it('never lets more go in any minute than the limit and one burst', () => {
    const gaps = fc.array(fc.nat(5_000), { minLength: 1, maxLength: 80 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), gaps, (perMinute, waits) => {
        const clock = aClock()
        const limiter = createLimiter(clock, { requests_per_minute: perMinute, tokens_per_minute: null })
        const gone = waits.map((gap) => {
          clock.advance(gap)
          return limiter.reserve(1).at
        })
        for (const from of gone) {
          const within = gone.filter((at) => at >= from && at < from + minutes(1)).length
          expect(within).toBeLessThanOrEqual(Math.floor(perMinute + Math.max(1, perMinute / 6)) + 1)
        }
      }),
    )
  })

  it('serves in the order of asking, and survives a clock that jumps back', () => {
    const clock = aClock()
    const limiter = createLimiter(clock, { requests_per_minute: 60, tokens_per_minute: null })
    for (let n = 0; n < 10; n += 1) expect(limiter.reserve(0).at).toBeLessThanOrEqual(clock.now())
    expect(limiter.reserve(0).at).toBe(START + seconds(1))
    expect(limiter.reserve(0).at).toBe(START + seconds(2))
    clock.set(START - minutes(5))
    expect(limiter.reserve(0).at).toBe(START - minutes(5) + seconds(3))
  })
})

describe('a prompt', () => {
  it('shows each agent the task from a side of its own', () => {
    const systems = [1, 2, 3].map((n) => proposePrompt({ agent_id: `agent-qa-00${n}`, role: 'qa' }, task).system)
    expect(new Set(systems).size).toBe(3)
    for (const system of systems) expect(system).toContain('test engineer')
    expect(proposePrompt({ agent_id: 'x', role: 'LEGAL' }, task).system).toContain('role LEGAL')
    expect([numberOf('agent-dev-001'), numberOf('agent-dev-012'), numberOf('bob'), numberOf('a-000')]).toEqual([
      0, 11, 0, 0,
    ])
  })

  it('leaves out what the task does not say, and tells the judge what failed', () => {
    const bare = { ...task, rubric: ' ', requirements: [] }
    const { user } = proposePrompt({ agent_id: 'a', role: 'DEV' }, bare)
    expect(user).not.toMatch(/Requirements:|Rubric:/)
    const failed = passing({ policy: { passed: false, violations: ['rm -rf'], message: 'forbidden' } })
    const candidate = { candidate: 1, content: 'x', checks: failed, score: 0.5 }
    expect(judgePrompt({ agent_id: 'a', role: 'ARCHITECT' }, bare, [candidate]).user).toContain(
      'policy: FAILED; forbidden; rm -rf',
    )
  })

  it('says what was wrong when it asks again', () => {
    expect(askAgain({ system: 's', user: 'u' }, 'it is empty')).toEqual({
      system: 's',
      user: expect.stringMatching(/^u\n\nYour last answer could not be used: it is empty\./),
    })
  })
})

/** Structured answers, read with suspicion: what fits is kept, what does not is void, and the complaint is in our words. */
import * as z from 'zod'
import type { Review } from '#lib/councils/model'
import type { Judgement } from '#lib/councils/ports'
import type { JsonSchema } from './backend.ts'
import { jsonIn, withoutReasoning } from './json-text.ts'
import { type Dimension, plainName } from './rubric.ts'

/** What could be made of an answer. `complaint` is empty when nothing is missing. */
export interface Reading<T> {
  readonly value: T | undefined
  readonly complaint: string
}

/** Longer words are cut off: they have to fit the author's next prompt and an item of the store. */
const LONGEST_CRITIQUE = 4_000
const LONGEST_REASON = 2_000

/** A number, also as text. Other scales stay what they are: 8 of 10 is no score, and is never made one. */
const decimal = z.union([
  z.number(),
  z
    .string()
    .max(32)
    .regex(/^\s*-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i)
    .transform(Number),
])
const score = decimal.pipe(z.number().min(0).max(1))
/** One of the numbers that were shown; `"2"` and `"Proposal 2"` are as good as 2. */
const numberOf = (shown: readonly number[]) =>
  z
    .union([
      z.number(),
      z
        .string()
        .max(32)
        .transform((text) =>
          Number(/^(?:(?:proposal|candidate)\s*)?#?(\d{1,3})$/i.exec(text.trim())?.[1] ?? Number.NaN),
        ),
    ])
    .pipe(z.literal([...shown]))
const words = (most: number) =>
  z
    .union([z.string(), z.array(z.string()).transform((lines) => lines.join('\n'))])
    .transform((text) => text.trim().slice(0, most).toWellFormed())

/** The shape reviews are asked in. Bounds of numbers are checked when reading: not every vendor's grammar knows them. */
export const reviewSchema = remembered((dimensions: readonly Dimension[], numbers: readonly number[]): JsonSchema => {
  const scores = z.strictObject(Object.fromEntries(dimensions.map(({ name }) => [name, z.number()])))
  const review = z.strictObject({ proposal: z.literal([...numbers]), scores, critique: z.string() })
  return z.toJSONSchema(z.strictObject({ reviews: z.array(review) }))
})

export function judgementSchema(numbers: readonly number[]): JsonSchema {
  return z.toJSONSchema(z.strictObject({ candidate: z.literal([...numbers]), reason: z.string() }))
}

/** A review that is invalid, doubled or of a proposal nobody showed is void; the others stand. */
export function readReviews(
  text: string,
  dimensions: readonly Dimension[],
  numbers: readonly number[],
): Reading<readonly Review[]> {
  const listed = reviewsIn(jsonIn(text))
  if (listed === undefined) return { value: undefined, complaint: 'it is not the JSON that was asked for' }
  const review = reviewOf(dimensions, numbers)
  const found = new Map<number, Review>()
  for (const one of listed) {
    const read = review.safeParse(one)
    if (read.success && !found.has(read.data.proposal)) found.set(read.data.proposal, read.data)
  }
  const missing = numbers.filter((number) => !found.has(number))
  const complaint =
    missing.length === 0
      ? ''
      : `there is no valid review of ${missing.join(', ')}: each needs every dimension scored from 0 to 1 and a critique`
  return { value: found.size === 0 ? undefined : inOrder(found.values()), complaint }
}

/** Reviews of both answers; where both have one, the later counts. */
export function mergeReviews(first: readonly Review[], second: readonly Review[]): readonly Review[] {
  return inOrder(new Map([...first, ...second].map((one) => [one.proposal, one])).values())
}

export function readJudgement(text: string, numbers: readonly number[]): Reading<Judgement> {
  const judgement = named(
    ['candidate', 'reason'],
    z.object({ candidate: numberOf(numbers), reason: words(LONGEST_REASON) }),
  )
  const read = judgement.safeParse(only(jsonIn(text).filter((value) => member(value, 'candidate') !== undefined)))
  if (read.success) return { value: read.data, complaint: '' }
  return { value: undefined, complaint: `it has to be JSON with a candidate of ${numbers.join(', ')} and a reason` }
}

/** A proposal may say anything but nothing. Reasoning before it is no part of it. */
export function readProposal(text: string): Reading<string> {
  const value = withoutReasoning(text.trim()).toWellFormed()
  return value === '' ? { value: undefined, complaint: 'it is empty' } : { value, complaint: '' }
}

/** The one JSON value of an answer; undefined when there is none, or more than one. */
export function readJson(text: string): unknown {
  return only(jsonIn(text))
}

/** The list of reviews of an answer: `{"reviews":[…]}`, a bare list, or one review after the other. Two lists are none. */
function reviewsIn(values: readonly unknown[]): readonly unknown[] | undefined {
  const lists = values.flatMap((value) => {
    const list = Array.isArray(value) ? value : member(value, 'reviews')
    return Array.isArray(list) && (list !== value || list.some(isReview)) ? [list] : []
  })
  const singles = values.filter(isReview)
  if (lists.length > 0) return singles.length === 0 ? only(lists) : undefined
  if (singles.length === 0) return undefined
  const about = singles.map((one) => String(member(one, 'proposal')))
  return new Set(about).size === about.length ? singles : undefined
}

const isReview = (value: unknown): boolean => member(value, 'proposal') !== undefined
const only = <T>(values: readonly T[]): T | undefined => (values.length === 1 ? values[0] : undefined)

/** The member of that name, without regard to case and marks; undefined when there is none or more than one. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (Object.hasOwn(value, name)) return Reflect.get(value, name)
  const found = Object.entries(value).filter(([key]) => key.length < 100 && plainName(key) === name)
  return only(found)?.[1]
}

/** Takes the members of these names out of whatever stands there, for `schema`. */
function named<T extends z.ZodType>(names: readonly string[], schema: T) {
  return z.preprocess((value) => Object.fromEntries(names.map((name) => [name, member(value, name)])), schema)
}

const reviewOf = remembered((dimensions: readonly Dimension[], numbers: readonly number[]) => {
  const names = dimensions.map(({ name }) => name)
  const scores = named(names, z.object(Object.fromEntries(names.map((name) => [name, score]))))
  const review = z.object({ proposal: numberOf(numbers), scores, critique: words(LONGEST_CRITIQUE) })
  return named(['proposal', 'scores', 'critique'], review)
})

/**
 * Making a schema takes longer than reading an answer by it, and the reviews of a run are all of one shape. The last one is
 * kept: what a shape is made of comes from outside and must not pile up.
 */
function remembered<T>(make: (dimensions: readonly Dimension[], numbers: readonly number[]) => T): typeof make {
  let last: { readonly key: string; readonly made: T } | undefined
  return (dimensions, numbers) => {
    const key = JSON.stringify([dimensions.map(({ name }) => name), numbers])
    if (last?.key !== key) last = { key, made: make(dimensions, numbers) }
    return last.made
  }
}

function inOrder(reviews: Iterable<Review>): readonly Review[] {
  return [...reviews].sort((a, b) => a.proposal - b.proposal)
}

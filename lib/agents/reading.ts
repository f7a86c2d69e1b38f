/** Structured answers, read with suspicion: what fits is kept, what does not is void, and the complaint is in our words. */
import * as z from 'zod'
import type { Review } from '#lib/councils/model'
import type { Judgement } from '#lib/councils/ports'
import type { JsonSchema } from './backend.ts'
import type { Dimension } from './rubric.ts'

/** What could be made of an answer. `complaint` is empty when nothing is missing. */
export interface Reading<T> {
  readonly value: T | undefined
  readonly complaint: string
}

/** Longer words are cut off: they have to fit the author's next prompt and an item of the store. */
const LONGEST_CRITIQUE = 4_000
const LONGEST_REASON = 2_000

const score = z.number().min(0).max(1)
const words = (most: number) => z.string().transform((text) => text.trim().slice(0, most).toWellFormed())
const manyReviews = z.union([
  z.object({ reviews: z.array(z.unknown()) }).transform(({ reviews }) => reviews),
  z.array(z.unknown()),
])

/** The shape reviews are asked in. Bounds of numbers are checked when reading: not every vendor's grammar knows them. */
export function reviewSchema(dimensions: readonly Dimension[], numbers: readonly number[]): JsonSchema {
  const scores = z.strictObject(Object.fromEntries(dimensions.map(({ name }) => [name, z.number()])))
  const review = z.strictObject({ proposal: z.literal([...numbers]), scores, critique: z.string() })
  return z.toJSONSchema(z.strictObject({ reviews: z.array(review) }))
}

export function judgementSchema(numbers: readonly number[]): JsonSchema {
  return z.toJSONSchema(z.strictObject({ candidate: z.literal([...numbers]), reason: z.string() }))
}

/** A review that is invalid, doubled or of a proposal nobody showed is void; the others stand. */
export function readReviews(
  text: string,
  dimensions: readonly Dimension[],
  numbers: readonly number[],
): Reading<readonly Review[]> {
  const listed = manyReviews.safeParse(readJson(text))
  if (!listed.success) return { value: undefined, complaint: 'it is not the JSON that was asked for' }
  const review = reviewOf(dimensions, numbers)
  const found = new Map<number, Review>()
  for (const one of listed.data) {
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
  const judgement = z.object({ candidate: z.literal([...numbers]), reason: words(LONGEST_REASON) })
  const read = judgement.safeParse(readJson(text))
  if (read.success) return { value: read.data, complaint: '' }
  return { value: undefined, complaint: `it has to be JSON with a candidate of ${numbers.join(', ')} and a reason` }
}

/** A proposal may say anything but nothing. */
export function readProposal(text: string): Reading<string> {
  const value = text.trim().toWellFormed()
  return value === '' ? { value: undefined, complaint: 'it is empty' } : { value, complaint: '' }
}

/** The JSON of an answer, also when a model wrapped it in a fenced block or in a sentence; undefined when there is none. */
export function readJson(text: string): unknown {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/.exec(text)?.[1]
  const from = text.indexOf('{')
  const braced = from >= 0 ? text.slice(from, text.lastIndexOf('}') + 1) : undefined
  for (const candidate of [text, fenced, braced]) {
    const value = candidate === undefined ? undefined : parsed(candidate)
    if (value !== undefined) return value
  }
  return undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function reviewOf(dimensions: readonly Dimension[], numbers: readonly number[]) {
  const names = dimensions.map(({ name }) => name)
  return z.object({
    proposal: z.literal([...numbers]),
    scores: z
      .record(z.string(), z.unknown())
      .refine((scores) => names.every((name) => Object.hasOwn(scores, name) && score.safeParse(scores[name]).success))
      .transform((scores) => Object.fromEntries(names.map((name) => [name, Number(scores[name])]))),
    critique: words(LONGEST_CRITIQUE),
  })
}

function inOrder(reviews: Iterable<Review>): readonly Review[] {
  return [...reviews].sort((a, b) => a.proposal - b.proposal)
}

/** What can be told of a proposal by its text alone: the offline agents' whole judgement. */
import type { Task } from '#lib/councils/model'
import type { Dimension } from '../rubric.ts'

export interface Features {
  /** Requirements that the text takes up, 0…1; 1 when there are none. */
  readonly coverage: number
  /** The other ones, as they were written. */
  readonly missing: readonly string[]
  /** Words of the task that the text takes up, 0…1. */
  readonly relevance: number
  readonly hasCode: boolean
  readonly hasTests: boolean
  readonly handlesErrors: boolean
  readonly mindsSecurity: boolean
  /** Headings and lists, 0…1. */
  readonly structure: number
  /** It praises itself or tells reviewers what to do. */
  readonly steers: boolean
}

/** Shorter words carry little; longer ones are compared by their beginning, so that "tests" and "testing" meet. */
const SHORTEST_WORD = 3
const STEM = 5
/** So much of a requirement's words makes it taken up. */
const TAKEN_UP = 0.6
const STEERING =
  /\b(rank|score|rate|vote|pick|choose|prefer)\b.{0,40}\b(me|this (proposal|one)|first|highest|1\.0|full marks)\b|\bignore (all|any|the|your) (previous|prior|other|rules|instructions)|\b(the )?best (proposal|answer|solution) (of all|here|by far)/i

export function featuresOf(content: string, task: Pick<Task, 'description' | 'requirements'>): Features {
  const stems = stemsOf(content)
  const missing = task.requirements.filter((one) => shareOf(stemsOf(one), stems) < TAKEN_UP)
  const all = task.requirements.length
  const lines = content.split('\n')
  const headings = lines.filter((line) => /^#{1,6} /.test(line)).length
  const items = lines.filter((line) => /^\s*(?:[-*]|\d+\.) /.test(line)).length
  return {
    coverage: all === 0 ? 1 : (all - missing.length) / all,
    missing,
    relevance: shareOf(stemsOf(task.description), stems),
    hasCode: /^```\w+/m.test(content),
    hasTests: /\b(tests?|assert|expect)\b/i.test(content),
    handlesErrors: /\b(errors?|throws?|catch|fail(?:s|ure)?|invalid)\b/i.test(content),
    mindsSecurity: /\b(?:validat\w|secrets?\b|privilege|auth|escap\w|non-?root\b|runAsNonRoot\b)/i.test(content),
    structure: Math.min(1, headings / 3) * 0.5 + Math.min(1, items / 4) * 0.5,
    steers: STEERING.test(content),
  }
}

/** What a dimension is about, by the words it is written with; the first that fits counts. */
const ASPECTS: readonly (readonly [RegExp, (it: Features) => number])[] = [
  [/secur|safe|privac|harden/i, (it) => share(it.mindsSecurity, it.handlesErrors)],
  [/test|quality|verif|reliab|robust|correct/i, (it) => share(it.hasTests, it.handlesErrors)],
  [/clar|maintain|read|simpl|document|structur|clean/i, (it) => it.structure],
  [/complet|cover|require/i, (it) => it.coverage],
]
/** What meeting the requirements weighs in every dimension; the rest is the dimension's own aspect. */
const COVERAGE_WEIGHT = 0.5
const STEERING_COSTS = 0.3

/** 0…1, two decimals. */
export function scoreOf({ text }: Dimension, features: Features): number {
  const aspect =
    ASPECTS.find(([words]) => words.test(text))?.[1] ?? ((it: Features) => (it.relevance + share(it.hasCode)) / 2)
  const plain = COVERAGE_WEIGHT * features.coverage + (1 - COVERAGE_WEIGHT) * aspect(features)
  const score = Math.min(1, Math.max(0, plain - (features.steers ? STEERING_COSTS : 0)))
  return Math.round(score * 100) / 100
}

const share = (...signs: readonly boolean[]): number => signs.filter((sign) => sign).length / signs.length

function stemsOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return new Set(words.filter((word) => word.length >= SHORTEST_WORD).map((word) => word.slice(0, STEM)))
}

/** How much of `wanted` is in `there`; all of it when nothing is wanted. */
function shareOf(wanted: ReadonlySet<string>, there: ReadonlySet<string>): number {
  if (wanted.size === 0) return 1
  return [...wanted].filter((stem) => there.has(stem)).length / wanted.size
}

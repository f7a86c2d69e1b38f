/** What waiting jobs wait for: which dependencies are still open, and who waits for whom in a circle. Pure. */
import { sameBody } from './body.ts'
import { carries, NEEDS_CLARIFICATION } from './labels.ts'
import type { Body, IssueFacts, Job, JobKey, Waits } from './model.ts'

/** GitHub's word on an issue or a pull request. */
export type IssueState = 'open' | 'closed' | 'missing'

/** True while the job must not be leased, whatever else holds: it waits for issues, or for an answer. */
export function isHeldBack({ facts }: Pick<Job, 'facts'>): boolean {
  return facts.waits !== undefined || carries(facts.labels, NEEDS_CLARIFICATION)
}

/** The issue that a reference of `repository` names; undefined for what names none. */
export function issueOf(reference: string, repository: string): JobKey | undefined {
  const [place = '', digits = ''] = reference.split('#')
  const number = Number(digits)
  return number > 0 ? { repository: place === '' ? repository : place, number } : undefined
}

/**
 * The facts of an edited issue as its job shall have them. Unless the body changed, what was found closed stays so. A
 * cycle stays noted until it is looked for anew, so that it is told once.
 */
export function settledFacts(facts: IssueFacts, body: Body, job: Job): IssueFacts {
  const known = job.facts.waits
  if (sameBody(body, job.body)) return withWaits(facts, known)
  if (facts.waits === undefined || known?.cycle === undefined) return facts
  return { ...facts, waits: { ...facts.waits, cycle: known.cycle } }
}

export function withWaits(facts: IssueFacts, waits: Waits | undefined): IssueFacts {
  const { waits: _, ...others } = facts
  return waits === undefined ? others : { ...others, waits }
}

export interface Finding {
  readonly job: Job
  /** What is left to wait for; undefined when the job may go. */
  readonly waits: Waits | undefined
}

/**
 * What is news about the waiting jobs of one repository. `stateOf` tells what is known of an issue, undefined when it
 * could not be looked up: then all stays as it was.
 */
export function findNews(jobs: readonly Job[], stateOf: (key: JobKey) => IssueState | undefined): readonly Finding[] {
  const left = jobs.map((job) => ({ job, on: openOf(job, stateOf) }))
  const cycles = cyclesOf(new Map(left.map(({ job, on }) => [job.key.number, on])))
  return left.flatMap(({ job, on }) => {
    const missing = on.filter((reference) => isMissing(reference, job, stateOf))
    const cycle = cycles.get(job.key.number)
    const waits = on.length === 0 ? undefined : { on, ...(missing.length > 0 && { missing }), ...(cycle && { cycle }) }
    return isSame(waits, job.facts.waits) ? [] : [{ job, waits }]
  })
}

function openOf({ facts, key }: Job, stateOf: (key: JobKey) => IssueState | undefined): readonly string[] {
  return (facts.waits?.on ?? []).filter((reference) => {
    const issue = issueOf(reference, key.repository)
    return issue === undefined || stateOf(issue) !== 'closed'
  })
}

function isMissing(reference: string, job: Job, stateOf: (key: JobKey) => IssueState | undefined): boolean {
  const issue = issueOf(reference, job.key.repository)
  const state = issue && stateOf(issue)
  return state === undefined ? (job.facts.waits?.missing ?? []).includes(reference) : state === 'missing'
}

function isSame(a: Waits | undefined, b: Waits | undefined): boolean {
  const name = (waits: Waits | undefined) => JSON.stringify([waits?.on, waits?.missing, waits?.cycle])
  return name(a) === name(b)
}

/**
 * The shortest circle through each issue that is in one, by its number. `open` holds what each waiting issue waits for.
 * Issues in one plain circle are all told the same: it begins at the lowest number.
 */
export function cyclesOf(open: ReadonlyMap<number, readonly string[]>): ReadonlyMap<number, readonly string[]> {
  const edges = onlyCircling(new Map([...open].map(([number, on]) => [number, neighboursOf(on)])))
  const cycles = new Map<number, readonly string[]>()
  for (const number of edges.keys()) {
    const circle = shortestCircle(edges, number)
    if (circle !== undefined)
      cycles.set(
        number,
        fromLowest(circle).map((each) => `#${each}`),
      )
  }
  return cycles
}

type Edges = ReadonlyMap<number, readonly number[]>

/** Issues of the same repository, in order. */
function neighboursOf(on: readonly string[]): readonly number[] {
  const numbers = on.flatMap((reference) => (/^#\d+$/.test(reference) ? [Number(reference.slice(1))] : []))
  return numbers.toSorted((a, b) => a - b)
}

/** Without those that wait for none of the others: what remains waits for a circle or is in one. */
function onlyCircling(edges: Edges): Edges {
  const circling = [...edges].filter(([, next]) => next.some((each) => edges.has(each)))
  return circling.length === edges.size ? edges : onlyCircling(new Map(circling))
}

/** Breadth first from `start` until it comes back to it. */
function shortestCircle(edges: Edges, start: number): readonly number[] | undefined {
  const seen = new Set<number>()
  const ways = [{ at: start, way: [start] }]
  for (const { at, way } of ways) {
    for (const next of edges.get(at) ?? []) {
      if (next === start) return way
      if (!seen.has(next)) ways.push({ at: next, way: [...way, next] })
      seen.add(next)
    }
  }
  return undefined
}

function fromLowest(circle: readonly number[]): readonly number[] {
  const at = circle.indexOf(Math.min(...circle))
  return [...circle.slice(at), ...circle.slice(0, at)]
}

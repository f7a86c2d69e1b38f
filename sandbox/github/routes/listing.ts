/** Which issues a list holds, and in which order: GitHub's filters as a pure function. */
import * as z from 'zod'
import { fromTimestamp, type Instant } from '#lib/clock'
import type { IssueRecord } from '../state/model.ts'

export const issueQuery = z.object({
  state: z.enum(['open', 'closed', 'all']).default('open'),
  /** Comma-separated; an issue must carry all of them. */
  labels: z.string().default('').transform(splitNames),
  sort: z.enum(['created', 'updated', 'comments']).default('created'),
  direction: z.enum(['asc', 'desc']).default('desc'),
  /** Changed at this time or later. */
  since: z.iso.datetime({ offset: true }).transform(fromTimestamp).optional(),
  creator: z.string().optional(),
})

export type IssueQuery = z.infer<typeof issueQuery>

export function listIssues(issues: readonly IssueRecord[], query: IssueQuery): readonly IssueRecord[] {
  const sign = query.direction === 'asc' ? 1 : -1
  return issues
    .filter((issue) => isAskedFor(issue, query))
    .toSorted((a, b) => sign * (rank(a, query.sort) - rank(b, query.sort) || a.number - b.number))
}

function isAskedFor(issue: IssueRecord, { state, labels, since, creator }: IssueQuery): boolean {
  const carried = new Set(issue.labels.map((name) => name.toLowerCase()))
  return (
    (state === 'all' || issue.state === state) &&
    labels.every((name) => carried.has(name)) &&
    (since === undefined || issue.updated_at >= since) &&
    (creator === undefined || issue.author.login.toLowerCase() === creator.toLowerCase())
  )
}

function rank(issue: IssueRecord, sort: IssueQuery['sort']): Instant | number {
  switch (sort) {
    case 'created':
      return issue.created_at
    case 'updated':
      return issue.updated_at
    case 'comments':
      return issue.comments
  }
}

function splitNames(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean)
}

/**
 * Who asked for an issue: read from its history, never from what its author writes.
 *
 * Only its author and people with write access can change an issue's body. So when the author may write himself, nobody
 * need be asked who edited it; else GitHub's GraphQL tells the last editor, which its REST API does not.
 */
import * as z from 'zod'
import { fromTimestamp, type Instant } from '#lib/clock'
import type { SourceIssue } from '#lib/queue/source'
import type { Judgement, LabelTrust } from '#lib/queue/trust'
import type { GitHubClient } from './client.ts'
import { unreadable } from './errors.ts'
import { cursorOf, parametersOf } from './pages.ts'
import type { Permissions } from './permissions.ts'
import { splitRepository } from './urls.ts'

export interface TrustPorts {
  readonly client: GitHubClient
  readonly permissions: Permissions
  /** Root of the REST API, by which the other one is found. */
  readonly apiUrl: string
  /** The label that asks for work. */
  readonly trigger: string
}

const EVENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/events'
/** The most GitHub puts on a page. */
const PER_PAGE = 100
/** A label put on more than a thousand events ago is as good as none. */
const MAX_PAGES = 10
const EDITOR =
  'query($owner:String!,$repo:String!,$number:Int!){repository(owner:$owner,name:$repo){issue(number:$number){lastEditedAt editor{login}}}}'

const instant = z.string().transform(fromTimestamp).refine(Number.isFinite, 'not a time')

const eventsAnswer = z.array(
  z.object({
    event: z.string(),
    /** Null once the account is deleted. */
    actor: z.object({ login: z.string() }).nullish(),
    created_at: instant,
    label: z.object({ name: z.string() }).nullish(),
  }),
)
type Event = z.infer<typeof eventsAnswer>[number]

const editorAnswer = z.object({
  data: z.object({
    repository: z.object({
      issue: z.object({ lastEditedAt: instant.nullable(), editor: z.object({ login: z.string() }).nullable() }),
    }),
  }),
})

/** Who put the label on last, and who renamed the issue after that. */
interface Labelling {
  readonly by: string
  readonly at: Instant
  readonly renamer: string | undefined
}

/** Shown for an account that is no more, as GitHub does; nobody can be asked whether it might write. */
const GHOST = 'ghost'

export function createLabelTrust({ client, permissions, apiUrl, trigger }: TrustPorts): LabelTrust {
  const wanted = trigger.toLowerCase()
  const graphql = `POST ${graphqlOf(apiUrl)}`

  const isTrusted = (issue: SourceIssue, login: string): Promise<boolean> =>
    login === GHOST ? Promise.resolve(false) : permissions.mayWrite(issue.repository, login)

  async function events(issue: SourceIssue, page: number): Promise<{ events: readonly Event[]; last: number }> {
    const params = { ...splitRepository(issue.repository), issue_number: issue.number, per_page: PER_PAGE, page }
    const answer = await client.request(EVENTS, { params })
    const read = eventsAnswer.safeParse(answer.data)
    if (!read.success) throw unreadable(EVENTS)
    const last = Number(parametersOf(cursorOf(answer.headers['link'], 'last') ?? '')['page'] ?? 1)
    return { events: read.data, last: Number.isSafeInteger(last) ? last : 1 }
  }

  /** Looks from the newest event back. */
  async function labelling(issue: SourceIssue): Promise<Labelling | undefined> {
    const first = await events(issue, 1)
    let later: readonly Event[] = []
    for (let page = first.last; page > Math.max(0, first.last - MAX_PAGES); page -= 1) {
      const here = page === 1 ? first.events : (await events(issue, page)).events
      later = [...here, ...later]
      const found = labellingIn(later, wanted)
      if (found !== undefined) return found
    }
    return undefined
  }

  async function editor(issue: SourceIssue): Promise<{ at: Instant; by: string } | undefined> {
    const place = splitRepository(issue.repository)
    const variables = { ...place, number: issue.number }
    const answer = await client.request(graphql, { params: { query: EDITOR, variables }, place })
    const read = editorAnswer.safeParse(answer.data)
    if (!read.success) throw unreadable('POST /graphql')
    const { lastEditedAt, editor: who } = read.data.data.repository.issue
    return lastEditedAt === null ? undefined : { at: lastEditedAt, by: who?.login ?? GHOST }
  }

  /** Who last changed the text at or after `at` without the right to; undefined when nobody did. */
  async function meddler(issue: SourceIssue, { at, renamer }: Labelling): Promise<string | undefined> {
    if (renamer !== undefined && !(await isTrusted(issue, renamer))) return renamer
    if (await isTrusted(issue, issue.author)) return undefined
    const edit = await editor(issue)
    if (edit === undefined || edit.at < at || (await isTrusted(issue, edit.by))) return undefined
    return edit.by
  }

  return {
    async judge(issue) {
      const label = await labelling(issue)
      if (label === undefined) return doubt(`Its history does not tell who put ${trigger} on it. Put it on again.`)
      if (!(await isTrusted(issue, label.by))) {
        return doubt(`${label.by}, who put ${trigger} on it, has no write access. Someone who has may put it on again.`)
      }
      const by = await meddler(issue, label)
      if (by === undefined) return { trusted: true }
      return doubt(`${by}, who has no write access, changed its text after ${trigger} was put on. Put it on again.`)
    },
  }
}

function doubt(why: string): Judgement {
  return { trusted: false, why }
}

/** The newest labelling among events in their order. */
function labellingIn(events: readonly Event[], wanted: string): Labelling | undefined {
  const at = events.findLastIndex(({ event, label }) => event === 'labeled' && label?.name.toLowerCase() === wanted)
  const found = events[at]
  if (found === undefined) return undefined
  const renaming = events.slice(at + 1).findLast(({ event }) => event === 'renamed')
  return {
    by: found.actor?.login ?? GHOST,
    at: found.created_at,
    renamer: renaming && (renaming.actor?.login ?? GHOST),
  }
}

/** Where GraphQL answers: Enterprise Server serves it beside its REST API, everybody else below it. */
export function graphqlOf(apiUrl: string): string {
  return `${apiUrl.replace(/(?<!\/)\/+$/, '').replace(/\/api\/v3$/, '/api')}/graphql`
}

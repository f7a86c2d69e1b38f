/** Whether single issues and pull requests are closed, asked so that an unchanged one costs no rate limit. */
import * as z from 'zod'
import type { GitHubClient } from '#lib/github/client'
import { unreadable } from '#lib/github/errors'
import { splitRepository } from '#lib/github/urls'
import type { IssueState } from '#lib/queue/depends'
import type { IssueStates } from '#lib/queue/unblock'

const ISSUE = 'GET /repos/{owner}/{repo}/issues/{issue_number}'
/** Moved to another repository, not there or out of sight, deleted: none of these will ever be seen closed. */
const MISSING = [301, 404, 410]
/** Answers that a process remembers with their entity tags; then it starts afresh. */
const MOST_REMEMBERED = 2_000

const answered = z.object({ state: z.enum(['open', 'closed']) })

interface Remembered {
  readonly etag: string
  readonly state: IssueState
}

export function createIssueStates({ client }: { readonly client: GitHubClient }): IssueStates {
  const memory = new Map<string, Remembered>()

  return {
    async stateOf({ repository, number }) {
      const name = `${repository}#${number}`
      const known = memory.get(name)
      const params = { ...splitRepository(repository), issue_number: number }
      const headers = known === undefined ? {} : { 'if-none-match': known.etag }
      const answer = await client.request(ISSUE, { params, headers, accept: [304, ...MISSING] })
      if (MISSING.includes(answer.status)) return 'missing'
      if (answer.status === 304 && known !== undefined) return known.state
      const parsed = answered.safeParse(answer.data)
      if (!parsed.success) throw unreadable(ISSUE)
      const { state } = parsed.data
      const etag = answer.headers['etag']
      if (memory.size >= MOST_REMEMBERED) memory.clear()
      if (etag !== undefined) memory.set(name, { etag, state })
      return state
    },
  }
}

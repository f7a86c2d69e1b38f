/** What the demo sees: the queue through Coxswain's API, issues through the stand-in's. */
import * as z from 'zod'
import { systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { DevFile } from '../stack/dev-file.ts'

const item = z.object({
  repository: z.string(),
  issue_number: z.number(),
  title: z.string(),
  priority: z.string(),
  status: z.string(),
  pr_url: z.string().nullable(),
})
const report = z.object({ repositories: z.array(z.object({ status: z.string() })) })
const page = z.object({ pending: z.array(item) })
const issue = z.object({ state: z.string(), labels: z.array(z.object({ name: z.string() })) })
const comments = z.array(z.object({ body: z.string() }))

/** Another poll takes a second; half a minute on a busy machine. */
const POLL_AGAIN_MS = 500
const MOST_POLLS = 60
/** A poll of GitHub may run for as long as a function may. */
const CALL_MS = 35_000

export type Item = z.infer<typeof item>

/** What an issue looks like on GitHub. */
export interface Look {
  readonly labels: readonly string[]
  readonly comments: readonly string[]
}

export interface World {
  /** Asks Coxswain to look at GitHub now, then lists what waits. */
  waiting(): Promise<readonly Item[]>
  look(repository: string, number: number): Promise<Look>
}

/** Each call has a deadline, and ends when `gone` is aborted, with its reason. */
export function createWorld(dev: DevFile, github: string, gone: AbortSignal): World {
  const { reader, operator } = dev.tokens
  const token = dev.stand_in_tokens.github
  const get = createGet(gone)
  return {
    async waiting() {
      // The first poll of a stack may be under way: what it is about to queue is not there yet.
      for (let polls = 1; polls <= MOST_POLLS; polls++) {
        const { repositories } = await get(`${dev.url}/github/poll`, report, { method: 'POST', token: operator })
        if (repositories.every(({ status }) => status !== 'busy')) break
        await systemSleep(POLL_AGAIN_MS)
      }
      return (await get(`${dev.url}/queue?status=pending&limit=100`, page, { token: reader })).pending
    },
    async look(repository, number) {
      const address = `${github}/repos/${repository}/issues/${number}`
      const [shown, said] = await Promise.all([
        get(address, issue, { token }),
        get(`${address}/comments`, comments, { token }),
      ])
      return { labels: shown.labels.map(({ name }) => name), comments: said.map(({ body }) => body) }
    },
  }
}

interface Call {
  readonly method?: string
  readonly token: string
}

function createGet(gone: AbortSignal) {
  return async <T>(url: string, schema: z.ZodType<T>, { method = 'GET', token }: Call): Promise<T> => {
    const signal = AbortSignal.any([gone, AbortSignal.timeout(CALL_MS)])
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(url, { method, headers, signal }).catch((cause: unknown) => {
      gone.throwIfAborted()
      throw new AppError('unavailable', `${method} ${url} gives no answer. Look at the terminal of "npm start".`, {
        cause,
      })
    })
    if (!answer.ok) throw new AppError('unavailable', `${method} ${url} answered ${answer.status}.`)
    return schema.parse(await answer.json())
  }
}

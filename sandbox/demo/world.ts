/** What the demo sees: the queue through Coxswain's API, issues through the stand-in's. */
import * as z from 'zod'
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
const page = z.object({ pending: z.array(item) })
const issue = z.object({ state: z.string(), labels: z.array(z.object({ name: z.string() })) })
const comments = z.array(z.object({ body: z.string() }))

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

export function createWorld(dev: DevFile, github: string): World {
  const { reader, operator } = dev.tokens
  const token = dev.stand_in_tokens.github
  return {
    async waiting() {
      await get(`${dev.url}/github/poll`, z.unknown(), { method: 'POST', token: operator })
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

/** True when a stack answers where dev.json says. */
export async function isUp({ url }: DevFile): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function get<T>(
  url: string,
  schema: z.ZodType<T>,
  { method = 'GET', token }: { method?: string; token?: string } = {},
): Promise<T> {
  const answer = await fetch(url, { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  if (!answer.ok) throw new AppError('unavailable', `${method} ${url} answered ${answer.status}.`)
  return schema.parse(await answer.json())
}

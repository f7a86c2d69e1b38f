/** What is found when all has settled: the queue through its API, the issues and pull requests on the stand-in. */
import * as z from 'zod'
import { AppError } from '#lib/errors'
import type { DevFile } from '../stack/dev-file.ts'
import type { GitHubPlace } from './pulls.ts'

const counts = z.object({ pending: z.number(), in_progress: z.number(), completed: z.number(), failed: z.number() })
const item = z.object({ issue_number: z.number(), status: z.string(), pr_url: z.string().nullable() })
const items = z.array(item)
const list = z.object({
  pending: items,
  in_progress: items,
  completed: items,
  failed: items,
  next_cursor: z.string().optional(),
})
const health = z.object({ queue: counts })
const issue = z.object({
  number: z.number(),
  labels: z.array(z.object({ name: z.string() })),
  comments: z.number(),
  pull_request: z.unknown().optional(),
})
const comment = z.object({ body: z.string(), issue_url: z.string() })
const pull = z.object({ html_url: z.string(), head: z.object({ ref: z.string() }) })

export type Counts = z.infer<typeof counts>
export type Item = z.infer<typeof item>

export interface IssueLook {
  readonly number: number
  readonly labels: readonly string[]
  readonly comments: number
}

export interface Evidence {
  counts(): Promise<Counts>
  items(): Promise<readonly Item[]>
  issues(): Promise<readonly IssueLook[]>
  comments(number: number): Promise<readonly string[]>
  /** Addresses of pull requests by branch. */
  pulls(): Promise<ReadonlyMap<string, readonly string[]>>
}

const PAGE = 100
/** A function has 29 seconds for its answer. */
const CALL_MS = 30_000

export function createEvidence(dev: DevFile, { url, repository }: GitHubPlace): Evidence {
  const repo = `${url}/repos/${repository}`
  const asReader = { authorization: `Bearer ${dev.tokens.reader}` }

  async function everyPage<T>(address: string, schema: z.ZodType<T>): Promise<readonly T[]> {
    const all: T[] = []
    for (let page = 1; ; page++) {
      const found = z.array(schema).parse(await get(`${address}&per_page=${PAGE}&page=${page}`))
      all.push(...found)
      if (found.length < PAGE) return all
    }
  }

  return {
    counts: async () => health.parse(await get(`${dev.url}/health`)).queue,
    async items() {
      const all: Item[] = []
      let cursor = ''
      do {
        const page = list.parse(await get(`${dev.url}/queue?limit=${PAGE}${cursor}`, asReader))
        all.push(...page.pending, ...page.in_progress, ...page.completed, ...page.failed)
        cursor = page.next_cursor === undefined ? '' : `&cursor=${encodeURIComponent(page.next_cursor)}`
      } while (cursor !== '')
      return all
    },
    async issues() {
      const found = await everyPage(`${repo}/issues?state=all`, issue)
      return found
        .filter(({ pull_request }) => pull_request === undefined)
        .map(({ labels, ...rest }) => ({ ...rest, labels: labels.map(({ name }) => name) }))
    },
    async comments(number) {
      return (await everyPage(`${repo}/issues/${number}/comments?`, comment)).map(({ body }) => body)
    },
    async pulls() {
      const found = await everyPage(`${repo}/pulls?state=all`, pull)
      const grouped = Map.groupBy(found, ({ head }) => head.ref)
      return new Map([...grouped].map(([branch, pulls]) => [branch, pulls.map(({ html_url }) => html_url)]))
    },
  }
}

async function get(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const signal = AbortSignal.timeout(CALL_MS)
  const answer = await fetch(url, { headers, signal }).catch((cause: unknown) => {
    throw new AppError('unavailable', `GET ${url} gives no answer: the stack or its GitHub is gone.`, { cause })
  })
  if (!answer.ok) throw new AppError('unavailable', `GET ${url} answered ${answer.status}.`)
  return answer.json()
}

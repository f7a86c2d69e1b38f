/** Paginated lists of the API, read until there is enough. */

import { type Item, type QueuePage, queuePage, type State, type Worker, workersPage } from '../api/answers.ts'
import type { Api } from '../api/client.ts'
import { UsageError } from '../line/usage.ts'

/** The API's largest page. */
const PAGE = 100
/** More pages than the largest limit needs: short pages are allowed, an endless list is not. */
const MOST_PAGES = 200

export interface Wanted {
  readonly state?: State | undefined
  readonly repository?: string | undefined
  readonly limit: number
}

export interface Found {
  readonly items: readonly Item[]
  readonly counts: QueuePage['counts']
  /** There are more than were wanted. */
  readonly more: boolean
}

/** Items in the order of the API: what is leased, what is next, what is finished. */
export async function readQueue(api: Api, { state, repository, limit }: Wanted): Promise<Found> {
  const items: Item[] = []
  let cursor: string | undefined
  for (let pages = 1; ; pages++) {
    const query = { status: state, repository, limit: String(Math.min(PAGE, limit - items.length)), cursor }
    const page = await api.call('/queue', queuePage, { scope: 'reader', query })
    items.push(...itemsOf(page))
    cursor = page.next_cursor
    if (cursor === undefined || items.length >= limit || pages >= MOST_PAGES) {
      return { items: items.slice(0, limit), counts: page.counts, more: cursor !== undefined || items.length > limit }
    }
  }
}

export async function readWorkers(api: Api, limit: number): Promise<{ workers: readonly Worker[]; more: boolean }> {
  const workers: Worker[] = []
  let cursor: string | undefined
  for (let pages = 1; ; pages++) {
    const query = { limit: String(Math.min(PAGE, limit - workers.length)), cursor }
    const page = await api.call('/workers', workersPage, { scope: 'reader', query })
    workers.push(...page.workers)
    cursor = page.next_cursor
    if (cursor === undefined || workers.length >= limit || pages >= MOST_PAGES) {
      return { workers: workers.slice(0, limit), more: cursor !== undefined || workers.length > limit }
    }
  }
}

function itemsOf(page: QueuePage): readonly Item[] {
  return [...page.in_progress, ...page.pending, ...page.failed, ...page.completed, ...page.withdrawn]
}

const MOST_LISTED = 1_000

/** The number of `--limit`. Throws UsageError for what is none. */
export function limitOf(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MOST_LISTED) throw new UsageError(`--limit takes a whole number from 1 to ${MOST_LISTED}.`)
  return limit
}

/** Which pull requests changed since this process looked last: what tells it of one that is opened again. */
import type { Instant } from '#lib/clock'
import type { PullSource } from './review-ports.ts'
import type { ListingTag } from './source.ts'

/** What a process remembers of a repository. One that begins looks at the whole page once. */
interface Memory {
  readonly tag: ListingTag
  /** The newest change that was seen. */
  readonly until: Instant
}

interface Recent {
  /** Open or merged, changed at or after the last look that was `done`. */
  readonly changed: readonly number[]
  /** Call it once they were dealt with: the next look begins behind them. */
  readonly done: () => void
}

export function createRecent(pulls: Pick<PullSource, 'recent'>) {
  const memories = new Map<string, Memory>()
  return { since }

  async function since(repository: string): Promise<Recent> {
    const memory = memories.get(repository)
    const found = await pulls.recent(repository, memory?.tag)
    if (found.kind === 'unchanged') return { changed: [], done: () => undefined }
    const until = memory?.until ?? 0
    const news = found.pulls.filter(({ state, updated_at }) => state !== 'closed' && updated_at >= until)
    const newest = Math.max(until, ...found.pulls.map(({ updated_at }) => updated_at))
    return {
      changed: news.map(({ pull }) => pull),
      done: () => memories.set(repository, { tag: found.tag, until: newest }),
    }
  }
}

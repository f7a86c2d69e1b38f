/** The poll: asks GitHub what changed and brings the queue in line with it. Safe to repeat, to overlap and to die. */
import type { Clock } from '#lib/clock'
import { type AppError, toAppError } from '#lib/errors'
import type { Ids } from '#lib/ids'
import { IN_PROGRESS } from './labels.ts'
import { type Counted, createReconcile, NOTHING, type ReconcilePorts } from './reconcile.ts'
import { type Doubt, type Listing, POLL_NOTE_MS, type PollRecord } from './source.ts'
import { MOST_DOUBTS } from './trust.ts'

export interface PollPorts extends ReconcilePorts {
  readonly clock: Clock
  readonly ids: Ids
}

export interface RepositoryReport extends Counted {
  readonly repository: string
  readonly status: 'unchanged' | 'reconciled' | 'busy' | 'waiting' | 'failed'
  readonly detail?: string
  /** Issues that are left alone because of who asked for them, and what to do about it. */
  readonly untrusted?: readonly { readonly issue_number: number; readonly reason: string }[]
}

/**
 * A reconcile takes seconds; one that died frees its lock after this. The lock saves work, no more: a reconcile that
 * outlives it is still safe beside another, because every step is a conditional write.
 */
const LOCK_MS = 120_000
/**
 * A reconcile begins nothing more after this and leaves the rest to the next poll: its last step, of half a minute at
 * most, ends before another may take the lock.
 */
const WORK_MS = 80_000

export function createPoll(ports: PollPorts) {
  const { source, polls, clock, trigger } = ports
  const labels = [trigger, IN_PROGRESS] as const
  const { reconcile } = createReconcile(ports)

  /** Polls one repository. Never throws for what GitHub does: the report says it. Throws when the store is down. */
  return async function poll(repository: string, correlation_id: string): Promise<RepositoryReport> {
    const closed = await polls.closedUntil()
    const known = (await polls.read(repository)) ?? fresh(repository)
    if (clock.now() < closed) return { repository, status: 'waiting', ...NOTHING, detail: 'GitHub asked to wait.' }
    let listings: readonly Listing[]
    try {
      listings = await Promise.all(labels.map((label) => source.list(repository, label, known.tags[label])))
    } catch (thrown) {
      return failed(known, toAppError(thrown))
    }
    if (listings.every((listing) => listing.kind === 'unchanged')) return unchanged(known)
    return locked(known, correlation_id)
  }

  async function locked(known: PollRecord, correlation_id: string): Promise<RepositoryReport> {
    const { repository } = known
    const name = `poll:${repository}`
    const began = clock.now()
    const token = await polls.lock(name, ports.ids.uuid(), began, began + LOCK_MS)
    if (token === undefined) return { repository, status: 'busy', ...NOTHING, detail: 'Another poll is at work.' }
    try {
      // One of the listings may have answered "unchanged": a reconcile needs both in full, read under the lock.
      const listings = await Promise.all(labels.map((label) => source.list(repository, label, undefined)))
      const isOver = () => clock.now() - began >= WORK_MS
      const watch = { now: began, known: known.doubts ?? {}, found: {} as Record<string, Doubt> }
      const run = { correlation_id, isOver, watch }
      const { settled, ...count } = await reconcile(repository, listings, run)
      const found = Object.entries(watch.found)
      await succeed(
        { ...known, doubts: Object.fromEntries(found.slice(0, MOST_DOUBTS)) },
        settled ? tagsOf(listings) : {},
      )
      return { repository, status: 'reconciled', ...count, ...(found.length > 0 && { untrusted: untrustedOf(found) }) }
    } catch (thrown) {
      const error = toAppError(thrown)
      if (error.code === 'internal' || error.code === 'unavailable') throw thrown
      return failed(known, error)
    } finally {
      await polls.unlock(name, token)
    }
  }

  async function unchanged(known: PollRecord): Promise<RepositoryReport> {
    const stale = known.succeeded_at === null || clock.now() - known.succeeded_at >= POLL_NOTE_MS
    if (known.error !== null || stale) await succeed(known, known.tags)
    return { repository: known.repository, status: 'unchanged', ...NOTHING }
  }

  async function succeed(known: PollRecord, tags: PollRecord['tags']): Promise<void> {
    const rate = source.rateLimit() ?? null
    await polls.save({ ...known, tags, succeeded_at: clock.now(), error: null, rate })
  }

  async function failed(known: PollRecord, error: AppError): Promise<RepositoryReport> {
    const { repository } = known
    if (error.retryAfter !== undefined) await polls.closeUntil(clock.now() + error.retryAfter * 1000)
    const { code, message } = error
    await polls.save({ ...known, error: { code, message, at: clock.now() }, rate: source.rateLimit() ?? known.rate })
    return { repository, status: 'failed', ...NOTHING, detail: message }
  }

  function tagsOf(listings: readonly Listing[]): PollRecord['tags'] {
    return Object.fromEntries(
      listings.flatMap((listing, at) => (listing.kind === 'listed' ? [[labels[at] ?? '', listing.tag]] : [])),
    )
  }
}

function untrustedOf(found: readonly (readonly [string, Doubt])[]) {
  return found.slice(0, MOST_DOUBTS).map(([number, { why }]) => ({ issue_number: Number(number), reason: why }))
}

function fresh(repository: string): PollRecord {
  return { repository, tags: {}, succeeded_at: null, error: null, rate: null, version: 0 }
}

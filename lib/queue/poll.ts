/** The poll: asks GitHub what changed and brings the queue in line with it. Safe to repeat, to overlap and to die. */
import type { Clock } from '#lib/clock'
import { type AppError, toAppError } from '#lib/errors'
import type { Ids } from '#lib/ids'
import { IN_PROGRESS } from './labels.ts'
import { type Counted, createReconcile, NOTHING, type ReconcilePorts } from './reconcile.ts'
import type { ReviewReport } from './review-poll.ts'
import { type Doubt, type Listing, POLL_NOTE_MS, type PollRecord, type PollStore } from './source.ts'
import { MOST_DOUBTS } from './trust.ts'
import { createUnblock, type IssueStates, type UnblockRun } from './unblock.ts'

export interface PollPorts extends ReconcilePorts {
  readonly operations: ReconcilePorts['operations'] & Parameters<typeof createUnblock>[0]['operations']
  readonly clock: Clock
  readonly ids: Ids
  /** Where what an issue depends on is looked up. */
  readonly states: IssueStates
}

export interface RepositoryReport extends Counted {
  readonly repository: string
  readonly status: 'unchanged' | 'reconciled' | 'busy' | 'waiting' | 'failed'
  readonly reviews?: ReviewReport
  readonly detail?: string
  /** Issues that are left alone because of who asked for them, and what to do about it. */
  readonly untrusted?: readonly { readonly issue_number: number; readonly reason: string }[]
}

/** GitHub had nothing new, of issues or of reviews. */
export function isIdlePoll({
  repository: _,
  status,
  detail,
  untrusted = [],
  reviews,
  ...counted
}: RepositoryReport): boolean {
  if (status !== 'unchanged' || detail !== undefined || untrusted.length > 0) return false
  const { open: _open, looked_at: _looked, ...news } = reviews ?? { open: 0, looked_at: 0 }
  return [...Object.values(counted), ...Object.values(news)].every((count) => count === 0)
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
  const unblock = createUnblock(ports)

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
    if (listings.every((listing) => listing.kind === 'unchanged')) return unchanged(known, correlation_id)
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
      const { settled, ...count } = await reconcile(repository, listings, { correlation_id, isOver, watch })
      const found = Object.entries(watch.found)
      await succeed(
        { ...known, doubts: Object.fromEntries(found.slice(0, MOST_DOUBTS)) },
        settled ? tagsOf(listings) : {},
      )
      const open = new Set(
        listings.flatMap((each) => (each.kind === 'listed' ? each.issues : [])).map(({ number }) => number),
      )
      const untrusted = found.length > 0 && { untrusted: untrustedOf(found) }
      const report = { repository, status: 'reconciled', ...count, ...untrusted } as const
      return { ...report, ...(await letGo(repository, { correlation_id, isOver, open })) }
    } catch (thrown) {
      const error = toAppError(thrown)
      if (error.code === 'internal' || error.code === 'unavailable') throw thrown
      return failed(known, error)
    } finally {
      await polls.unlock(name, token)
    }
  }

  /** What is waited for may be closed without any change of the listings. */
  async function letGo(repository: string, run: UnblockRun) {
    const { unblocked, error } = await unblock(repository, run)
    if (error === undefined) return { unblocked }
    if (error.retryAfter !== undefined) await polls.closeUntil(clock.now() + error.retryAfter * 1000)
    return { unblocked, detail: `Not all dependencies could be looked up: ${error.message}` }
  }

  async function unchanged(known: PollRecord, correlation_id: string): Promise<RepositoryReport> {
    const stale = known.succeeded_at === null || clock.now() - known.succeeded_at >= POLL_NOTE_MS
    if (known.error !== null || stale) await succeed(known, known.tags)
    const { repository } = known
    const began = clock.now()
    const run = { correlation_id, isOver: () => clock.now() - began >= WORK_MS, open: new Set<number>() }
    return { repository, status: 'unchanged', ...NOTHING, ...(await letGo(repository, run)) }
  }

  async function succeed(known: PollRecord, tags: PollRecord['tags']): Promise<void> {
    const rate = source.rateLimit() ?? null
    const renamed_to = source.renamedTo?.(known.repository)
    await polls.save({ ...known, tags, succeeded_at: clock.now(), error: null, rate, renamed_to })
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

/**
 * Adds what `look` finds of the repository's pull requests to the report of its issues. A GitHub that does not answer
 * fails the report, and is left alone for as long as it asks. Throws when the store is down.
 */
export async function withReviews(
  polls: Pick<PollStore, 'closeUntil'>,
  clock: Clock,
  report: RepositoryReport,
  look: () => Promise<ReviewReport>,
): Promise<RepositoryReport> {
  if (report.status === 'waiting' || report.status === 'failed') return report
  try {
    return { ...report, reviews: await look() }
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code === 'internal' || error.code === 'unavailable') throw thrown
    if (error.retryAfter !== undefined) await polls.closeUntil(clock.now() + error.retryAfter * 1000)
    return { ...report, status: 'failed', detail: `Pull requests: ${error.message}` }
  }
}

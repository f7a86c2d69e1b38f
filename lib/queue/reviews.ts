/** What people say of finished work: heard from the poll, the webhook or an operator, it counts once. */
import { type Clock, type Instant, toTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import { bodyOf } from './body.ts'
import { contended } from './contended.ts'
import { judged, type Occasion, sentBack } from './decide.ts'
import { boundedFeedback } from './feedback.ts'
import { standing } from './judge.ts'
import { unknownItem } from './locate.ts'
import type { Job, JobKey, ReviewVerdict } from './model.ts'
import type { QueueStore } from './ports.ts'
import { judgeWord, pullOf, pullUrlOf, reviewStateOf, standpointOf, type Word } from './review.ts'
import type { ReviewStore, TrackedPull } from './review-ports.ts'
import { everyTracked, type Tracking } from './tracking.ts'

export interface ReviewsPorts {
  readonly store: QueueStore
  readonly reviews: ReviewStore
  readonly tracking: Tracking
  readonly clock: Clock
  readonly repositories: () => Promise<readonly string[]>
  readonly limit: number
}

/** Something that was seen on GitHub. */
export interface Observation {
  readonly repository: string
  readonly pull: number
  readonly verdict: ReviewVerdict | 'reopened'
  /** What the reviewers ask for; untrusted, cut to 8 KB. */
  readonly feedback: string | null
  /** When it was decided, by GitHub's clock: `submitted_at`, `merged_at` or `closed_at`. */
  readonly at: Instant
  /** GitHub's id of the review; reviews of one second are told apart by it. */
  readonly review?: number
  readonly correlation_id: string
}

/** What an operator says of a pull request, named by its number or its issue's. */
export interface Saying {
  readonly verdict: Exclude<ReviewVerdict, 'closed'>
  readonly number: number
  readonly repository: string | undefined
  readonly feedback: string | null
  readonly correlation_id: string
}

export type Observed =
  /** The job was changed by it. */
  | { readonly kind: 'applied'; readonly job: Job }
  /** It was known already, or something newer is. */
  | { readonly kind: 'ignored'; readonly job: Job }
  /** The pull request is none of the queue's. */
  | { readonly kind: 'unknown' }

/** Concurrent writers of one job settle in a round or two. */
const MAX_ROUNDS = 6
/** Open pull requests shown per repository; a queue that has more open waits for people, not for a list. */
const MOST_SHOWN = 100

export function createReviews(ports: ReviewsPorts) {
  const { store, reviews, tracking, clock } = ports
  return { observe, say, status }

  /**
   * Takes note of what was seen on GitHub. The same observation again, an older one, or one of a pull request that its
   * issue has left behind changes nothing. 1 write unit for the job, 1 for the ticket and up to 8 for a long feedback.
   */
  async function observe(seen: Observation): Promise<Observed> {
    const { repository, pull, verdict, at, review: id = 0 } = seen
    const number = await reviews.issueOf(repository, pull)
    if (number === undefined) return { kind: 'unknown' }
    const wordOn = (job: Job): Word | undefined => (pullOf(pullUrlOf(job)) === pull ? { verdict, at, id } : undefined)
    return settle({ repository, number }, wordOn, seen)
  }

  /** An operator's word: it is newer than all that was said before. Throws `not_found`, `ambiguous` or `conflict`. */
  async function say(saying: Saying) {
    const { verdict } = saying
    const key = await locate(saying)
    const wordOn = (job: Job): Word => ({ verdict, ...momentAfter(job, clock.now()) })
    const heard = await settle(key, wordOn, saying)
    if (heard.kind === 'ignored' && reviewStateOf(heard.job) !== verdict) throw noReview(heard.job)
    return { ...heard, gate: await gateOf(key.repository) }
  }

  /** The gates as they stand, from the open pull requests themselves. */
  async function status() {
    const names = await ports.repositories()
    return { repositories: await Promise.all(names.map(gateOf)) }
  }

  async function settle(
    key: JobKey,
    wordOn: (job: Job) => Word | undefined,
    { feedback, correlation_id }: Pick<Observation, 'feedback' | 'correlation_id'>,
  ): Promise<Exclude<Observed, { kind: 'unknown' }>> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const job = await store.find(key)
      if (job === undefined) throw unknownItem(key.number)
      const word = wordOn(job)
      const review = word && judgeWord(job, word)
      if (review === undefined) return ignored(job)
      const on: Occasion = { now: clock.now(), correlation_id }
      const next =
        review.verdict === 'changes_requested'
          ? sentBack(job, await kept(key, feedback), review, on)
          : judged(job, review, on)
      if ((await store.save(next, job)).kind === 'saved') return applied(job, next)
    }
    throw contended()
  }

  /** Whoever changed the job may have died before its ticket stood in the line. */
  async function ignored(job: Job): Promise<Observed & { kind: 'ignored' }> {
    if (job.state.kind === 'pending') await store.enqueue(job)
    return { kind: 'ignored', job }
  }

  async function applied(before: Job, after: Job): Promise<Observed & { kind: 'applied' }> {
    if (after.state.kind === 'pending') await store.enqueue(after)
    else if (before.state.kind === 'pending') await store.dequeue(before)
    // The stream brings the same again; done here as well, the gate moves at once.
    await tracking.follow(before, after)
    return { kind: 'applied', job: after }
  }

  async function kept(key: JobKey, feedback: string | null) {
    const text = boundedFeedback(feedback ?? '')
    const body = bodyOf(text)
    await store.keepBody(key, body, text)
    return body
  }

  async function locate({ number, repository }: Saying): Promise<JobKey> {
    const names = repository === undefined ? await ports.repositories() : [repository]
    const keys = (await Promise.all(names.map((name) => keyIn(name, number)))).filter((key) => key !== undefined)
    const [only, ...others] = keys
    if (only === undefined) throw unknownItem(number)
    if (others.length === 0) return only
    const message = `Several repositories know the number ${number}. Name the one you mean in "repository".`
    throw new AppError('ambiguous', message, { details: { repositories: keys.map((key) => key.repository) } })
  }

  /** GitHub gives issues and pull requests of a repository their numbers from one row. */
  async function keyIn(repository: string, number: number): Promise<JobKey | undefined> {
    const issue = await reviews.issueOf(repository, number)
    if (issue !== undefined) return { repository, number: issue }
    return (await store.find({ repository, number }))?.key
  }

  async function gateOf(repository: string) {
    const open: TrackedPull[] = []
    for await (const pull of everyTracked(reviews, repository)) open.push(pull)
    const of = (wanted: TrackedPull['standing']) => open.filter(({ standing }) => standing === wanted)
    const pending = of('awaiting')
    return {
      repository,
      gate: pending.length >= ports.limit ? 'closed' : 'open',
      limit: ports.limit,
      pending_count: pending.length,
      pending: pending.slice(0, MOST_SHOWN).map(pullView),
      approved: of('approved').slice(0, MOST_SHOWN).map(pullView),
      reworking: of('reworking').slice(0, MOST_SHOWN).map(pullView),
    } as const
  }
}

function pullView({ pull, number, since }: TrackedPull) {
  return { number: pull, issue_number: number, since: toTimestamp(since) }
}

/** GitHub tells time by the second: an operator's word covers what was said on GitHub in the same one. */
function momentAfter({ review }: Job, now: Instant): Pick<Word, 'at' | 'id'> {
  return { at: Math.max(Math.floor(now / 1000) * 1000, review.at + 1), id: Number.MAX_SAFE_INTEGER }
}

function noReview(job: Job): AppError {
  const state = reviewStateOf(job)
  const message =
    standpointOf(job) === undefined && state === null
      ? 'This issue has no pull request that awaits review. GET /pr-review/status lists those that do.'
      : `The pull request of this issue is not to be judged so: its state is ${state}.`
  return new AppError('conflict', message, { details: { ...standing(job), review: state } })
}

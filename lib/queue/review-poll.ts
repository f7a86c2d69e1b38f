/** Asks GitHub what became of the pull requests that are not done with, and passes on what is new. */
import type { Clock } from '#lib/clock'
import { feedbackOf, reviewersOf, verdictOf } from './feedback.ts'
import type { Job, ReviewVerdict } from './model.ts'
import type { QueueStore } from './ports.ts'
import { createRecent } from './recent.ts'
import { pullOf, pullUrlOf, wasClosed } from './review.ts'
import type { PullLook, PullSource, ReviewStore, TrackedPull } from './review-ports.ts'
import type { createReviews } from './reviews.ts'
import { everyTracked, type Tracking } from './tracking.ts'

export interface ReviewPollPorts {
  readonly pulls: PullSource
  readonly reviews: ReviewStore
  readonly store: Pick<QueueStore, 'record'>
  readonly tracking: Pick<Tracking, 'regate'>
  readonly observe: ReturnType<typeof createReviews>['observe']
  /** True for a reviewer whose word counts: one who may write to the repository. Throws as PullSource does. */
  readonly mayReview: (repository: string, login: string) => Promise<boolean>
  readonly clock: Clock
}

/** Pull requests that are open, how many were looked at, and what was new. */
export type ReviewReport = { readonly open: number; readonly looked_at: number } & Readonly<Record<News, number>>

type News = ReviewVerdict | 'reopened'

/** Looked at in one poll: two calls each, free of GitHub's rate limit while nothing has changed. */
const MOST_LOOKS = 25
/** Reviewers of one pull request whose rights are looked up; each look-up is kept for minutes. */
const MOST_REVIEWERS = 50
/** Who is looked at moves on with the minutes, so that every open pull request has its turn. */
const TURN_MS = 60_000
/** A poll begins no further look after this. */
const WORK_MS = 60_000

export function createReviewPoll(ports: ReviewPollPorts) {
  const { pulls, reviews, store, tracking, clock } = ports
  const recent = createRecent(pulls)
  return { poll, look }

  /** Costs by what is open, never by what is finished. Throws what GitHub or the store throws. */
  async function poll(repository: string, correlation_id: string): Promise<ReviewReport> {
    const began = clock.now()
    // Before the open ones are read: one that is closed from here on is listed anew when it is opened again.
    const { changed, done } = await recent.since(repository)
    const open: TrackedPull[] = []
    for await (const pull of everyTracked(reviews, repository)) open.push(pull)
    const none = { approved: 0, changes_requested: 0, merged: 0, closed: 0, reopened: 0 }
    const report = { open: open.length, looked_at: 0, ...none }
    const known = new Set(open.map(({ pull }) => pull))
    for (const pull of changed.filter((number) => !known.has(number))) {
      const news = await lookAgain(repository, pull, correlation_id)
      if (news !== undefined) report[news] += 1
    }
    done()
    for (const pull of turnOf(open, began)) {
      if (clock.now() - began >= WORK_MS) break
      const news = await lookAt(pull, correlation_id)
      report.looked_at += 1
      if (news !== undefined) report[news] += 1
    }
    // Mends a gate that was worked out under another limit, or whose writer died.
    await tracking.regate(repository)
    return report
  }

  /** Looks at one pull request now; false when it is none of the queue's open ones, nor one that was opened again. */
  async function look(repository: string, number: number, correlation_id: string): Promise<boolean> {
    for await (const pull of everyTracked(reviews, repository)) {
      if (pull.pull !== number) continue
      await lookAt(pull, correlation_id)
      return true
    }
    return (await lookAgain(repository, number, correlation_id)) !== undefined
  }

  /**
   * One that was closed counts again when GitHub shows it open, or merged after all; what reviewers said meanwhile is
   * read at the next look. 1 to 2 read units for a pull request that is none of the queue's.
   */
  async function lookAgain(repository: string, pull: number, correlation_id: string): Promise<News | undefined> {
    const number = await reviews.issueOf(repository, pull)
    const job = number === undefined ? undefined : await store.record({ repository, number })
    if (job === undefined || !wasClosed(job) || pullOf(pullUrlOf(job)) !== pull) return undefined
    const asked = clock.now()
    const seen = await pulls.look(repository, pull, undefined)
    if (seen.kind !== 'seen' || (seen.state === 'closed' && seen.merged_at === null)) return undefined
    const verdict = seen.merged_at === null ? 'reopened' : 'merged'
    return passOn({
      repository,
      pull,
      correlation_id,
      verdict,
      feedback: null,
      at: seen.merged_at ?? openedAt(job, asked),
    })
  }

  /** The tag is kept last: who dies before looks again, and finds what it did before to be known. */
  async function lookAt(tracked: TrackedPull, correlation_id: string): Promise<News | undefined> {
    const { repository, pull, number } = tracked
    const asked = clock.now()
    const seen = await pulls.look(repository, pull, tracked.tag ?? undefined)
    if (seen.kind === 'unchanged') return undefined
    const about = { repository, pull, correlation_id }
    if (seen.kind === 'gone') return passOn({ ...about, verdict: 'closed', feedback: null, at: asked })
    const job = await store.record({ repository, number })
    const heard = await reviewersAllowed(repository, seen)
    const verdict = job && verdictOf(seen, fenceOf(job), { now: asked, mayReview: (author) => heard.has(author) })
    const news =
      verdict && (await passOn({ ...about, ...verdict.word, review: verdict.word.id, feedback: await said(verdict) }))
    await reviews.remember(tracked, seen.tag)
    return news

    async function said({ word, reviews: those }: NonNullable<typeof verdict>): Promise<string | null> {
      if (word.verdict !== 'changes_requested' || job?.state.kind !== 'finished') return null
      return feedbackOf(those, await pulls.remarks(repository, pull))
    }
  }

  /** Nobody is asked about once the pull request is closed: who merged it was let to by GitHub. */
  async function reviewersAllowed(repository: string, seen: Extract<PullLook, { kind: 'seen' }>) {
    const asked = seen.state === 'open' ? reviewersOf(seen).slice(0, MOST_REVIEWERS) : []
    const allowed = new Set<string>()
    for (const login of asked) if (await ports.mayReview(repository, login)) allowed.add(login)
    return allowed
  }

  async function passOn(seen: Parameters<typeof ports.observe>[0]): Promise<News | undefined> {
    const heard = await ports.observe(seen)
    return heard.kind === 'applied' ? seen.verdict : undefined
  }
}

/** GitHub tells time by the second: closed anew within the second of the look is newer than what the look saw. */
const openedAt = ({ review }: Job, asked: number) => Math.max(review.at + 1, Math.floor(asked / 1000) * 1000 - 1)

const fenceOf = ({ review }: Job) => review

/** At most so many, from a place that moves on from poll to poll. */
function turnOf(open: readonly TrackedPull[], now: number): readonly TrackedPull[] {
  if (open.length <= MOST_LOOKS) return open
  const from = (Math.floor(now / TURN_MS) * MOST_LOOKS) % open.length
  return [...open.slice(from), ...open.slice(0, from)].slice(0, MOST_LOOKS)
}

/** Asks GitHub what became of the pull requests that are not done with, and passes on what is new. */
import type { Clock } from '#lib/clock'
import { feedbackOf, reviewersOf, verdictOf } from './feedback.ts'
import type { Job, ReviewVerdict } from './model.ts'
import type { QueueStore } from './ports.ts'
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
export type ReviewReport = { readonly open: number; readonly looked_at: number } & Readonly<
  Record<ReviewVerdict, number>
>

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
  return { poll, look }

  /** Costs by what is open, never by what is finished. Throws what GitHub or the store throws. */
  async function poll(repository: string, correlation_id: string): Promise<ReviewReport> {
    const began = clock.now()
    const open: TrackedPull[] = []
    for await (const pull of everyTracked(reviews, repository)) open.push(pull)
    const report = { open: open.length, looked_at: 0, approved: 0, changes_requested: 0, merged: 0, closed: 0 }
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
    return lookAgain(repository, number, correlation_id)
  }

  /** One that was closed counts again when GitHub shows it open; what reviewers said meanwhile is read at the next look. */
  async function lookAgain(repository: string, pull: number, correlation_id: string): Promise<boolean> {
    const number = await reviews.issueOf(repository, pull)
    const job = number === undefined ? undefined : await store.record({ repository, number })
    if (job === undefined || !wasClosed(job) || pullOf(pullUrlOf(job)) !== pull) return false
    const asked = clock.now()
    const seen = await pulls.look(repository, pull, undefined)
    if (seen.kind !== 'seen' || seen.state !== 'open') return false
    const word = { repository, pull, correlation_id, verdict: 'reopened', feedback: null, at: asked } as const
    return (await ports.observe(word)).kind === 'applied'
  }

  /** The tag is kept last: who dies before looks again, and finds what it did before to be known. */
  async function lookAt(tracked: TrackedPull, correlation_id: string): Promise<ReviewVerdict | undefined> {
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

  async function passOn(seen: Parameters<typeof ports.observe>[0]): Promise<ReviewVerdict | undefined> {
    const heard = await ports.observe(seen)
    return heard.kind === 'applied' && seen.verdict !== 'reopened' ? seen.verdict : undefined
  }
}

const fenceOf = ({ review }: Job) => review

/** At most so many, from a place that moves on from poll to poll. */
function turnOf(open: readonly TrackedPull[], now: number): readonly TrackedPull[] {
  if (open.length <= MOST_LOOKS) return open
  const from = (Math.floor(now / TURN_MS) * MOST_LOOKS) % open.length
  return [...open.slice(from), ...open.slice(0, from)].slice(0, MOST_LOOKS)
}

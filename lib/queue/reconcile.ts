/** Carries out what a poll found: gathers what is live, plans each issue, takes each step. */
import { AppError } from '#lib/errors'
import { createGuard, type GuardPorts, type Watch } from './guard.ts'
import type { IssueFacts, Job, JobKey } from './model.ts'
import type { createOperations } from './operations.ts'
import { every } from './pages.ts'
import { factsOf, planIssue, planRedrive, type Step, whyWithdraw } from './plan-issue.ts'
import type { QueueStore } from './ports.ts'
import type { Found, IssueSource, Listing, PollStore, SourceIssue } from './source.ts'
import { isUnreadable } from './unreadable.ts'

export interface ReconcilePorts {
  readonly source: IssueSource
  readonly polls: PollStore
  readonly store: QueueStore
  readonly operations: Pick<ReturnType<typeof createOperations>, 'add' | 'refresh' | 'redrive' | 'withdraw'>
  /** The label that asks for work, e.g. `ai-ready`. */
  readonly trigger: string
  readonly trust?: GuardPorts['trust']
  /** Repositories that are polled: an issue that is transferred to one of them is taken up there. */
  readonly repositories?: () => Promise<readonly string[]>
}

/** One reconcile: who asked for it, and whether its time is up. */
export interface Run {
  readonly correlation_id: string
  readonly isOver: () => boolean
  readonly watch: Watch
}

/** How many issues met which fate. */
export interface Counted {
  readonly queued: number
  readonly refreshed: number
  readonly requeued: number
  readonly redriven: number
  readonly withdrawn: number
  readonly left_alone: number
  /** Held back before, ready now: what they depended on is closed. */
  readonly unblocked: number
}

type Fate = Exclude<keyof Counted, 'unblocked'> | 'wait'

export const NOTHING: Counted = {
  ...{ queued: 0, refreshed: 0, requeued: 0, redriven: 0, withdrawn: 0, left_alone: 0 },
  unblocked: 0,
}
/** Tickets and workers read per page while gathering what is live. */
const PAGE = 200

/** How the reconcile of one repository, or of one issue, went. */
export type Reconciled = Counted & { readonly settled: boolean }

/**
 * Brings the queue in line with full listings of one repository. `settled` is false when an issue has to be looked at
 * again although GitHub will not report a change.
 */
export function createReconcile(ports: ReconcilePorts) {
  const { source, polls, store, operations, trigger } = ports
  const guard = createGuard(ports)

  return { reconcile, reconcileOne }

  /** The same for one issue, read by itself. */
  async function reconcileOne(repository: string, number: number, run: Run): Promise<Reconciled> {
    const key = { repository, number }
    const job = await store.find(key)
    const live = job?.state.kind === 'finished' ? undefined : job
    const found = await source.find(repository, number)
    const isListed = found.kind === 'issue' && whyWithdraw(found, trigger) === undefined
    const task = async (): Promise<Fate> => {
      if (isListed) return take(await planFor(found.issue, live), run)
      return live === undefined ? 'left_alone' : withdrawFound(live, found, run)
    }
    return carryOut([task], run)
  }

  async function reconcile(repository: string, listings: readonly Listing[], run: Run): Promise<Reconciled> {
    const listed = listings.flatMap((each) => (each.kind === 'listed' ? each.issues : []))
    const issues = new Map(listed.map((issue) => [issue.number, issue]))
    const live = await liveJobs(store, repository)
    const unlisted = [...live.values()].filter((job) => !issues.has(job.key.number))
    const tasks: readonly (() => Promise<Fate>)[] = [
      ...[...issues.values()].map((issue) => async () => take(await planFor(issue, live.get(issue.number)), run)),
      ...unlisted.map((job) => () => withdrawUnlisted(job, run)),
    ]
    return carryOut(tasks, run)
  }

  async function carryOut(tasks: readonly (() => Promise<Fate>)[], run: Run): Promise<Reconciled> {
    const count = { ...NOTHING }
    let settled = true
    for (const task of tasks) {
      const fate = run.isOver() ? 'wait' : await settle(task)
      if (fate === 'wait') settled = false
      else count[fate] += 1
    }
    return { settled, ...count }
  }

  async function withdrawUnlisted(job: Job, run: Run): Promise<Fate> {
    return withdrawFound(job, await source.find(job.key.repository, job.key.number), run)
  }

  async function withdrawFound(job: Job, found: Found, run: Run): Promise<Fate> {
    const moved = found.kind === 'gone' ? found.moved_to : undefined
    if (moved !== undefined && (await takeUp(moved, job.key, run)) === 'wait') return 'wait'
    return withdrawAs(job, whyWithdraw(found, trigger), run)
  }

  /**
   * A transferred issue brings the label of work in progress along, which nobody would explain where it is now: it is
   * queued there, before the old job goes, so that one who dies in between does both again.
   */
  async function takeUp(key: JobKey, from: JobKey, run: Run): Promise<Fate> {
    const watched = (await ports.repositories?.()) ?? []
    if (!watched.includes(key.repository) || (await store.find(key)) !== undefined) return 'left_alone'
    const found = await source.find(key.repository, key.number)
    const isWanted = found.kind === 'issue' && whyWithdraw(found, trigger) === undefined
    return isWanted ? take({ kind: 'add', issue: found.issue, came_from: placeOf(from) }, run) : 'left_alone'
  }

  async function withdrawAs(job: Job, reason: string | undefined, { correlation_id }: Run): Promise<Fate> {
    if (reason === undefined) return 'left_alone'
    return (await operations.withdraw(job.key, reason, correlation_id)) ? 'withdrawn' : 'left_alone'
  }

  async function planFor(issue: SourceIssue, live: Job | undefined): Promise<Step> {
    if (live !== undefined) return planIssue(issue, { live, record: undefined, mirror: undefined }, trigger)
    const key = { repository: issue.repository, number: issue.number }
    const record = await store.record(key)
    const mirror = record?.state.kind === 'finished' ? await polls.mirror(key.repository, key.number) : undefined
    const step = planIssue(issue, { live, record, mirror }, trigger)
    if (step.kind !== 'redrive' || record === undefined) return step
    // The listing may be older than the label that our own completion has set since: ask for this issue alone.
    const found = await source.find(key.repository, key.number)
    return found.kind === 'issue'
      ? planRedrive(found.issue, record, trigger)
      : { kind: 'leave', number: key.number, why: 'gone' }
  }

  async function take(planned: Step, { correlation_id, watch }: Run): Promise<Fate> {
    const step = await guard(planned, watch)
    switch (step.kind) {
      case 'add': {
        const key = { repository: step.issue.repository, number: step.issue.number }
        const added = await operations.add(key, factsOfNew(step, trigger), step.issue.body, correlation_id)
        return added ? 'queued' : 'left_alone'
      }
      case 'refresh': {
        const facts = factsOf(step.issue, trigger)
        const done = await operations.refresh(step.job, facts, step.issue.body, correlation_id)
        return done ? 'refreshed' : 'wait'
      }
      case 'requeue':
        return (await store.enqueue(step.job)) ? 'requeued' : 'left_alone'
      case 'redrive': {
        const key = { repository: step.issue.repository, number: step.issue.number }
        const { issue, job } = step
        const news = { facts: factsOf(issue, trigger), text: issue.body, generation: job.generation }
        await operations.redrive(key, correlation_id, news)
        return 'redriven'
      }
      case 'wait':
        return 'wait'
      case 'leave':
        return 'left_alone'
    }
  }
}

const placeOf = ({ repository, number }: JobKey) => `${repository}#${number}`

function factsOfNew({ issue, came_from }: Extract<Step, { kind: 'add' }>, trigger: string): IssueFacts {
  return { ...factsOf(issue, trigger), ...(came_from && { came_from }) }
}

/** An issue that was overtaken by others, or that this code cannot read, holds up no other: the next poll looks again. */
async function settle(task: () => Promise<Fate>): Promise<Fate> {
  try {
    return await task()
  } catch (error) {
    const isOvertaken = error instanceof AppError && (error.code === 'conflict' || error.code === 'not_found')
    if (isOvertaken || isUnreadable(error)) return 'wait'
    throw error
  }
}

/** Tickets in the line and leased records of a repository, by issue number. */
async function liveJobs(store: QueueStore, repository: string): Promise<Map<number, Job>> {
  const live = new Map<number, Job>()
  for await (const job of every((cursor) => store.ready(PAGE, cursor))) {
    if (job.key.repository === repository) live.set(job.key.number, job)
  }
  for await (const job of every((cursor) => store.waiting(repository, PAGE, cursor))) {
    const other = live.get(job.key.number)
    if (other === undefined || other.version < job.version) live.set(job.key.number, job)
  }
  const keys = []
  for await (const { pointer } of every((cursor) => store.workers(PAGE, cursor))) {
    if (pointer?.key.repository === repository) keys.push(pointer.key)
  }
  for (const job of await store.records(keys)) {
    if (job.state.kind === 'leased') live.set(job.key.number, job)
  }
  return live
}

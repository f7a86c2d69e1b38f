/** What people do to the queue: put an issue in, take it off, ask for it anew. */
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import { bodyOf } from './body.ts'
import { contended } from './contended.ts'
import { asItReads, type Occasion, opened, refreshed, reopened, withdrawn } from './decide.ts'
import { isHeldBack, settledFacts, withWaits } from './depends.ts'
import { standing } from './judge.ts'
import { unknownItem } from './locate.ts'
import type { Body, IssueFacts, Job, JobKey, Waits } from './model.ts'
import type { QueueStore } from './ports.ts'

export interface OperationPorts {
  readonly store: QueueStore
  readonly clock: Clock
}

/** What an issue says when a person asks for its work anew, and which generation had ended by then; left out: whichever. */
export interface News {
  readonly facts: IssueFacts
  readonly text: string
  readonly generation?: number
}

/** Concurrent writers of one job settle in a round or two. */
const MAX_ROUNDS = 6

export function createOperations({ store, clock }: OperationPorts) {
  return { add, refresh, rewait, withdraw, redrive, cancel }

  /** Queues an issue for the first time: 1 write unit, plus the body's own when it is long. */
  async function add(key: JobKey, facts: IssueFacts, text: string, correlation_id: string): Promise<boolean> {
    const body = await kept(key, text)
    return store.enqueue(opened(key, facts, body, { now: clock.now(), correlation_id }))
  }

  /**
   * Brings a live job up to date with its issue; one that is leased when it returns to the line. False when it is neither
   * any longer, or changed meanwhile.
   */
  async function refresh(job: Job, facts: IssueFacts, text: string, correlation_id: string): Promise<boolean> {
    if (job.state.kind === 'finished') return false
    const body = await kept(job.key, text)
    const settled = settledFacts(facts, body, asItReads(job))
    const next = refreshed(job, settled, body, { now: clock.now(), correlation_id })
    return job.state.kind === 'pending' ? replace(job, next) : (await store.save(next, job)).kind === 'saved'
  }

  /** Notes what a pending job still waits for; with nothing left it joins the ready line. False as for `refresh`. */
  async function rewait(job: Job, waits: Waits | undefined, correlation_id: string): Promise<boolean> {
    if (job.state.kind !== 'pending') return false
    return replace(job, refreshed(job, withWaits(job.facts, waits), job.body, { now: clock.now(), correlation_id }))
  }

  /** The record first, then the ticket, and the old one last where it stood in another place. */
  async function replace(job: Job, next: Job): Promise<boolean> {
    const saved = await store.save(next, job)
    if (saved.kind === 'stale') {
      await catchUp(job, saved.current)
      return false
    }
    await store.enqueue(next)
    if (next.facts.priority !== job.facts.priority || isHeldBack(next) !== isHeldBack(job)) await store.dequeue(job)
    return true
  }

  /** An earlier refresh may have died before its ticket stood in the line; the older one goes when the newer is there. */
  async function catchUp(ticket: Job, record: Job | undefined): Promise<void> {
    if (record?.state.kind !== 'pending' || record.version <= ticket.version) return
    await store.enqueue(record)
    await store.dequeue(ticket)
  }

  /** Takes a live job off the queue; its holder hears of it at the next heartbeat. True when it was live. */
  async function withdraw(key: JobKey, reason: string, correlation_id: string): Promise<boolean> {
    const done = await change(key, correlation_id, (job, on) =>
      job.state.kind === 'finished' ? undefined : withdrawn(job, reason, on),
    )
    if (done === undefined) return false
    await store.dequeue(done.before)
    return true
  }

  /** Queues a finished job anew, with fresh budgets. Throws `conflict` while it is live, or when it is not as `news` saw it. */
  async function redrive(key: JobKey, correlation_id: string, news?: News): Promise<Job> {
    const body: Body | undefined = news && (await kept(key, news.text))
    const done = await change(key, correlation_id, (job, on) => {
      if (job.state.kind === 'pending' && job.generation > 1) return job
      if (job.state.kind !== 'finished') throw live(job)
      if (job.generation !== (news?.generation ?? job.generation)) throw overtaken(job)
      return reopened(job, news?.facts ?? asItReads(job).facts, body ?? asItReads(job).body, on)
    })
    if (done === undefined) throw unknownItem(key.number)
    await store.enqueue(done.after)
    return done.after
  }

  /** An operator's withdrawal. Throws `conflict` when the job is finished already. */
  async function cancel(key: JobKey, reason: string, correlation_id: string): Promise<Job> {
    if (!(await withdraw(key, reason, correlation_id))) {
      const job = await store.find(key)
      if (job === undefined) throw unknownItem(key.number)
      const message = 'This issue is finished already, so there is nothing to cancel. POST …/retry queues it anew.'
      throw new AppError('conflict', message, { details: standing(job) })
    }
    const job = await store.record(key)
    if (job === undefined) throw unknownItem(key.number)
    return job
  }

  async function kept(key: JobKey, text: string): Promise<Body> {
    const body = bodyOf(text)
    await store.keepBody(key, body, text)
    return body
  }

  /** Reads, decides and saves until no one else was quicker. `decide` returns undefined to leave the job alone. */
  async function change(
    key: JobKey,
    correlation_id: string,
    decide: (job: Job, on: Occasion) => Job | undefined,
  ): Promise<{ before: Job; after: Job } | undefined> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const before = await store.find(key)
      if (before === undefined) throw unknownItem(key.number)
      const after = decide(before, { now: clock.now(), correlation_id })
      if (after === undefined) return undefined
      if (after === before || (await store.save(after, before)).kind === 'saved') return { before, after }
    }
    throw contended()
  }
}

function overtaken(job: Job): AppError {
  return new AppError('conflict', 'This issue has been queued anew and finished meanwhile.', { details: standing(job) })
}

function live(job: Job): AppError {
  const message = 'This issue is still in the queue. POST …/cancel first if it should start over.'
  return new AppError('conflict', message, { details: standing(job) })
}

/** Lets waiting jobs go once what they depend on is closed; notes what each still waits for. */
import { type Clock, minutes } from '#lib/clock'
import { type AppError, toAppError } from '#lib/errors'
import { type Finding, findNews, type IssueState, issueOf } from './depends.ts'
import type { Job, JobKey } from './model.ts'
import type { createOperations } from './operations.ts'
import { every } from './pages.ts'
import type { QueueStore } from './ports.ts'

/** GitHub's word on single issues. Implemented by lib/github. */
export interface IssueStates {
  /** Throws as IssueSource.list does. */
  stateOf(key: JobKey): Promise<IssueState>
}

export interface UnblockPorts {
  readonly states: IssueStates
  readonly store: QueueStore
  readonly operations: Pick<ReturnType<typeof createOperations>, 'rewait'>
  readonly clock: Clock
}

/** What the caller knows, and until when it may go on. */
export interface UnblockRun {
  readonly correlation_id: string
  readonly isOver: () => boolean
  /** Issues that a listing just showed open; none when nothing was listed. */
  readonly open: ReadonlySet<number>
}

export interface Unblocked {
  /** Jobs that joined the ready line. */
  readonly unblocked: number
  /** What kept GitHub from answering for all dependencies. */
  readonly error?: AppError
}

/** Waiting jobs read per page. */
const PAGE = 200
/** Issues asked for in one poll; where more are waited for, they take turns. An unchanged one costs no rate limit. */
const MOST_LOOKUPS = 50
const TURN_MS = minutes(1)

/**
 * Looks at the waiting jobs of one repository. Reads them, half a unit each for their records, and asks GitHub for each
 * issue that they wait for and that is not known to be open; writes only news. Safe to repeat, to overlap and to die.
 */
export function createUnblock({ states, store, operations, clock }: UnblockPorts) {
  return async function unblock(repository: string, run: UnblockRun): Promise<Unblocked> {
    const jobs = await waitingJobs(repository)
    if (jobs.length === 0) return { unblocked: 0 }
    const { known, error } = await lookUp(repository, jobs, run)
    const news = findNews(jobs, (key) => known.get(nameOf(key)))
    const done = await note(news, run)
    return { unblocked: done, ...(error && { error }) }
  }

  /** Each as its record has it, where there is one. A ticket left behind by a crash goes. */
  async function waitingJobs(repository: string): Promise<readonly Job[]> {
    const tickets: Job[] = []
    for await (const ticket of every((cursor) => store.waiting(repository, PAGE, cursor))) tickets.push(ticket)
    const records = new Map((await store.records(tickets.map(({ key }) => key))).map((job) => [job.key.number, job]))
    const waiting: Job[] = []
    for (const ticket of tickets) {
      const record = records.get(ticket.key.number)
      if (record === undefined || record.version <= ticket.version) waiting.push(ticket)
      else await tidy(ticket, record)
    }
    return waiting
  }

  async function tidy(ticket: Job, record: Job): Promise<void> {
    if (record.state.kind === 'pending') await store.enqueue(record)
    await store.dequeue(ticket)
  }

  /** A job that waits is open: were it closed, the listing would have changed and the job would have been withdrawn. */
  async function lookUp(repository: string, jobs: readonly Job[], run: UnblockRun) {
    const known = new Map<string, IssueState>()
    for (const number of [...run.open, ...jobs.map(({ key }) => key.number)]) {
      known.set(nameOf({ repository, number }), 'open')
    }
    let error: AppError | undefined
    for (const key of inTurn(unknownOf(jobs, known), clock.now())) {
      if (run.isOver()) break
      try {
        known.set(nameOf(key), await states.stateOf(key))
      } catch (thrown) {
        error = toAppError(thrown)
        // Another repository that refuses us says nothing about the others.
        if (error.code !== 'forbidden') break
      }
    }
    return { known, error }
  }

  async function note(news: readonly Finding[], run: UnblockRun): Promise<number> {
    let unblocked = 0
    for (const { job, waits } of news) {
      if (run.isOver()) break
      if ((await operations.rewait(job, waits, run.correlation_id)) && waits === undefined) unblocked += 1
    }
    return unblocked
  }
}

function unknownOf(jobs: readonly Job[], known: ReadonlyMap<string, IssueState>): readonly JobKey[] {
  const keys = jobs.flatMap(({ facts, key }) =>
    (facts.waits?.on ?? []).flatMap((reference) => issueOf(reference, key.repository) ?? []),
  )
  const unique = new Map(keys.map((key) => [nameOf(key), key]))
  return [...unique.values()].filter((key) => !known.has(nameOf(key)))
}

/** As many as one poll may ask for; another part with each minute. */
function inTurn(keys: readonly JobKey[], now: number): readonly JobKey[] {
  if (keys.length <= MOST_LOOKUPS) return keys
  const start = (Math.floor(now / TURN_MS) * MOST_LOOKUPS) % keys.length
  return [...keys.slice(start), ...keys.slice(0, start)].slice(0, MOST_LOOKUPS)
}

const nameOf = ({ repository, number }: JobKey): string => `${repository}#${number}`

/** Pays what is owed to GitHub: one flusher at a time, one write at a time, oldest debt first, within the limits. */
import { type Clock, type Instant, minutes, type Sleep, seconds, systemSleep } from '#lib/clock'
import { AppError, type ErrorCode, toAppError } from '#lib/errors'
import type { IssueWrite, IssueWriter, OwedWrite, WriteBudget, WriteLedger } from '#lib/github/ports'
import { close, GITHUB_LIMITS, type Limits, planWrites, spend } from '#lib/github/shaper'
import type { Ids } from '#lib/ids'

export interface FlushOptions {
  /** Content writes of one flush at most. */
  readonly maxWrites: number
  /** Milliseconds after which no further write is begun. */
  readonly deadlineMs: number
  /** GitHub's own unless the host is an Enterprise server with others. */
  readonly limits?: Limits
}

export interface FlushPorts {
  readonly ledger: WriteLedger
  readonly writer: IssueWriter
  readonly clock: Clock
  readonly ids: Ids
  readonly sleep?: Sleep
  readonly options: FlushOptions
}

/** One write that did not get through, for the log. */
export interface FlushFailure {
  readonly repository: string
  readonly number: number
  readonly code: ErrorCode
  readonly message: string
}

export type FlushReport =
  /** Another flusher is at work. */
  | { readonly locked: true }
  | {
      readonly locked: false
      readonly applied: number
      readonly failed: number
      readonly failures: readonly FlushFailure[]
      /** Debts that were read and are still owed. */
      readonly left: number
      /** Set when GitHub asked for silence. */
      readonly closed_until?: Instant
    }

export interface Flusher {
  /** Throws only what the ledger throws; GitHub's failures are in the report. */
  flush(): Promise<FlushReport>
}

/** GitHub asks clients with many writes to leave a second between them; a server with wider limits may be asked faster. */
const POLITE_PACE = seconds(1)
/** A write begun just before the deadline may take this long; only then may another flusher think us dead. */
const LOCK_MARGIN = seconds(60)
/** Debts looked at in one flush: enough to reach past those that fail again and again. */
const LOOK_AHEAD = 200
/** For a limit that came without a time. */
const UNNAMED_WAIT_SECONDS = 60

/** Creates the flusher. Throws AppError `invalid` on options under which it could never write. */
export function createFlusher({ ledger, writer, clock, ids, sleep = systemSleep, options }: FlushPorts): Flusher {
  if (!(options.maxWrites >= 2 && options.deadlineMs > 0)) {
    throw new AppError('invalid', 'A flush needs room for two writes (labels and a comment) and a positive deadline.')
  }

  const limits = options.limits ?? GITHUB_LIMITS
  const pace = limits.perMinute > GITHUB_LIMITS.perMinute ? minutes(1) / limits.perMinute : POLITE_PACE

  async function pay(): Promise<FlushReport> {
    const began = clock.now()
    const owed = await ledger.owed(LOOK_AHEAD)
    const tally = newTally(await ledger.budget(), owed.length)
    const wanted = owed.flatMap(stepsOf).reduce((sum, step) => sum + costOf(step), 0)
    const { allowed } = planWrites(tally.budget, began, Math.min(wanted, options.maxWrites), limits)
    if (allowed === 0) return reportOf(tally, began)
    // Reserved before the first write: a crash then costs a pause, never a breach of the limits.
    await ledger.saveBudget(spend(tally.budget, began, allowed, limits))
    try {
      await payEach(owed, { tally, allowed, deadline: began + options.deadlineMs })
    } finally {
      await ledger.saveBudget(tally.budget)
    }
    return reportOf(tally, clock.now())
  }

  async function payEach(owed: readonly OwedWrite[], round: Round): Promise<void> {
    for (const write of owed) {
      if (isOver(round, stepsOf(write)[0])) return
      const skipped = round.tally.barred.has(write.repository) || !(await ledger.begin(write))
      if (!skipped && (await payOne(write, round)) === 'stop') return
    }
  }

  async function payOne(write: OwedWrite, round: Round): Promise<'go on' | 'stop'> {
    const outcome = await applyAll(write, round)
    if (outcome === 'interrupted') return 'stop'
    if (outcome === 'done') await strikeOff(write, round.tally)
    else if (outcome.code === 'rate_limited') shut(round.tally, outcome)
    else note(round.tally, write, outcome)
    return outcome !== 'done' && outcome.code === 'rate_limited' ? 'stop' : 'go on'
  }

  /** Labels go with the first comment; a debt interrupted between two comments finds its first ones posted next time. */
  async function applyAll(write: OwedWrite, round: Round): Promise<'done' | 'interrupted' | AppError> {
    for (const step of stepsOf(write)) {
      if (isOver(round, step)) return 'interrupted'
      if (round.tally.mustPause) await sleep(pace)
      try {
        const { writes } = await writer.apply(step, { repeat: write.begun })
        charge(round.tally, writes)
      } catch (thrown) {
        const error = toAppError(thrown)
        charge(round.tally, writesBehind(error, step))
        return error
      }
    }
    return 'done'
  }

  function isOver({ tally, allowed, deadline }: Round, next: IssueWrite | undefined): boolean {
    const start = clock.now() + (tally.mustPause ? pace : 0)
    return start >= deadline || next === undefined || tally.spent + costOf(next) > allowed
  }

  async function strikeOff(write: OwedWrite, tally: Tally): Promise<void> {
    tally.applied += 1
    if (await ledger.settle(write)) tally.left -= 1
  }

  function charge(tally: Tally, writes: number): void {
    tally.spent += writes
    tally.mustPause = writes > 0
    tally.budget = spend(tally.budget, clock.now(), writes, limits)
  }

  function shut(tally: Tally, limit: AppError): void {
    const wait = seconds(limit.retryAfter ?? UNNAMED_WAIT_SECONDS)
    tally.budget = close(tally.budget, clock.now() + wait)
  }

  return {
    async flush() {
      const token = await ledger.lock(ids.uuid(), clock.now() + options.deadlineMs + LOCK_MARGIN)
      if (token === undefined) return { locked: true }
      try {
        return await pay()
      } finally {
        await ledger.unlock(token)
      }
    },
  }
}

interface Round {
  readonly tally: Tally
  /** Content writes reserved for this flush. */
  readonly allowed: number
  readonly deadline: Instant
}

/** What has become of the flush so far. */
interface Tally {
  budget: WriteBudget
  spent: number
  /** The call before this one wrote. */
  mustPause: boolean
  applied: number
  left: number
  readonly failures: FlushFailure[]
  /** Repositories that refused us: asking again for their other issues would get the same answer. */
  readonly barred: Set<string>
}

function newTally(budget: WriteBudget, left: number): Tally {
  return { budget, spent: 0, mustPause: false, applied: 0, left, failures: [], barred: new Set() }
}

function note(tally: Tally, { repository, number }: OwedWrite, { code, message }: AppError): void {
  tally.failures.push({ repository, number, code, message })
  if (code === 'forbidden' || code === 'gone') tally.barred.add(repository)
}

function reportOf({ applied, failures, left, budget }: Tally, now: Instant): FlushReport {
  const report = { locked: false, applied, failed: failures.length, failures, left } as const
  return budget.closed_until > now ? { ...report, closed_until: budget.closed_until } : report
}

/** One call of the writer per comment, at least one. */
function stepsOf(write: OwedWrite): readonly IssueWrite[] {
  const { repository, number, state_label, remove_labels, comments } = write
  const target = { repository, number, state_label, remove_labels }
  return comments.length === 0 ? [{ ...target, comment: null }] : comments.map((comment) => ({ ...target, comment }))
}

/** An outage that fails every read must not eat the budget, so the writer tells; a writer that does not is counted in full. */
function writesBehind(error: AppError, step: IssueWrite): number {
  const told = error.details['writes']
  return typeof told === 'number' ? told : costOf(step)
}

/** Content writes of one call at most: the labels, and the comment. */
function costOf(step: IssueWrite): number {
  return step.comment === null ? 1 : 2
}

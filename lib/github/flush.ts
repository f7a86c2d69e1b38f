/** Pays what is owed to GitHub: one flusher at a time, one write at a time, within the limits. What is tried: debts.ts. */
import { type Clock, type Instant, minutes, type Sleep, seconds, systemSleep } from '#lib/clock'
import { AppError, type ErrorCode, toAppError } from '#lib/errors'
import { dueOf, isGivenUp, isResting, isRetry, restAfter, retriesLeft, scopeOf, TOKEN, troubleAfter } from '#lib/github/debts'
import type {
  IssueWrite,
  IssueWriter,
  Left,
  OwedWrite,
  RefusedDebt,
  Standing,
  WriteBudget,
  WriteLedger,
} from '#lib/github/ports'
import { close, GITHUB_LIMITS, type Limits, planWrites, spend, spendOnRetry } from '#lib/github/shaper'
import { isNews, MOST_COUNTED, standingOf } from '#lib/github/standing'
import { costOf, leftOf, stepsOf, writesBehind } from '#lib/github/steps'
import { type Chance, type Ids, systemChance } from '#lib/ids'

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
  readonly chance?: Chance
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
      /** Debts that were refused too often and are set aside now, e.g. `acme/shop#1`; left out when there are none. */
      readonly debt_refused?: readonly string[]
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
/** Debts looked at in one flush: all that can pile up while GitHub is away for a week. */
const LOOK_AHEAD = 10_000
/** For a limit that came without a time. */
const UNNAMED_WAIT_SECONDS = 60

/** Creates the flusher. Throws AppError `invalid` on options under which it could never write. */
export function createFlusher(ports: FlushPorts): Flusher {
  const { ledger, writer, clock, ids, chance = systemChance, sleep = systemSleep, options } = ports
  if (!(options.maxWrites >= 2 && options.deadlineMs > 0)) {
    throw new AppError('invalid', 'A flush needs room for two writes (one label put on, one taken off) and a deadline.')
  }

  const limits = options.limits ?? GITHUB_LIMITS
  const pace = limits.perMinute > GITHUB_LIMITS.perMinute ? minutes(1) / limits.perMinute : POLITE_PACE

  async function pay(): Promise<FlushReport> {
    const began = clock.now()
    const before = await ledger.standing()
    const owed = await ledger.owed(LOOK_AHEAD)
    const tally = newTally(await ledger.budget(), owed, before?.rests ?? {})
    const due = dueOf(owed, tally.rests, began)
    const wanted = costOfAll(due.flatMap(stepsOf))
    const { allowed } = planWrites(tally.budget, began, Math.min(wanted, options.maxWrites), limits)
    if (allowed > 0) await payWithin(due, { tally, allowed, deadline: began + options.deadlineMs })
    await note(before, tally)
    return reportOf(tally, clock.now())
  }

  async function payWithin(due: readonly OwedWrite[], round: Round): Promise<void> {
    const { tally, allowed } = round
    // Reserved before the first write: a crash then costs a pause, never a breach of the limits.
    await ledger.saveBudget(spend(tally.budget, clock.now(), allowed, limits))
    try {
      for (const write of due) if ((await payOne(write, round)) === 'stop') return
    } finally {
      await ledger.saveBudget(tally.budget)
    }
  }

  async function payOne(write: OwedWrite, round: Round): Promise<'go on' | 'stop'> {
    const { tally } = round
    const now = clock.now()
    const steps = stepsOf(write)
    if (isOver(round, steps[0])) return 'stop'
    if (isResting(write, tally.rests, now)) return 'go on'
    const isBarred = isRetry(write, tally.rests) && retriesLeft(tally.budget, now, limits) < costOfAll(steps)
    if (isBarred || !(await ledger.begin(write))) return 'go on'
    const outcome = await applyAll(write, steps, round)
    if (outcome.isWhole) await strikeOff(write, tally)
    else await keep(write, outcome, tally)
    return outcome.isOver ? 'stop' : 'go on'
  }

  /** Takes one step after the other. Labels that are refused hold up no comment; after any other error the debt waits. */
  async function applyAll(write: OwedWrite, steps: readonly IssueWrite[], round: Round): Promise<Outcome> {
    const done: IssueWrite[] = []
    const errors: AppError[] = []
    const outcome = (isLast: boolean) => ({ done, errors, isOver: isLast, isWhole: done.length === steps.length })
    for (const step of steps) {
      if (isOver(round, step)) return outcome(true)
      if (round.tally.toPause > 0) await sleep(round.tally.toPause * pace)
      try {
        const { writes } = await writer.apply(step, { repeat: write.begun })
        charge(round.tally, write, writes)
        done.push(step)
      } catch (thrown) {
        const error = toAppError(thrown)
        charge(round.tally, write, writesBehind(error, step))
        errors.push(error)
        if (error.code === 'rate_limited') return outcome(true)
        if (scopeOf(error) !== 'item' || step.comment !== null) return outcome(false)
      }
    }
    return outcome(false)
  }

  function isOver({ tally, allowed, deadline }: Round, next: IssueWrite | undefined): boolean {
    const start = clock.now() + tally.toPause * pace
    return start >= deadline || tally.spent + (next === undefined ? 0 : costOf(next)) > allowed
  }

  async function strikeOff(write: OwedWrite, tally: Tally): Promise<void> {
    tally.applied += 1
    tally.rests = without(tally.rests, write.repository, TOKEN)
    if (await ledger.settle(write)) tally.owed.delete(write)
  }

  /** Notes what is left of a debt, and whom its error is about. */
  async function keep(write: OwedWrite, outcome: Outcome, tally: Tally): Promise<void> {
    const left = leftOf(write, outcome.done)
    const [error] = outcome.errors
    if (outcome.done.length > 0) tally.rests = without(tally.rests, write.repository, TOKEN)
    if (error === undefined) return stays(write, left, tally)
    if (error.code === 'rate_limited') {
      shut(tally, error)
      return stays(write, left, tally)
    }
    fail(tally, write, error)
    const scope = scopeOf(error)
    if (scope === 'repository' || scope === 'token') {
      const name = scope === 'token' ? TOKEN : write.repository
      tally.rests = { ...tally.rests, [name]: restAfter(tally.rests[name], error, { now: clock.now(), chance }) }
      return stays(write, left, tally)
    }
    const trouble = troubleAfter(write.trouble, error, scope, { now: clock.now(), chance })
    if (scope === undefined || !isGivenUp(trouble)) return stays(write, { ...left, trouble }, tally)
    await ledger.setAside(write, { ...left, trouble })
    tally.owed.delete(write)
    tally.setAside.push(`${write.repository}#${write.number}`)
  }

  async function stays(write: OwedWrite, left: Left, tally: Tally): Promise<void> {
    tally.owed.set(write, { ...write, ...left })
    const isNew = left.trouble !== write.trouble || left.comments.length < write.comments.length
    if (isNew || left.labels_shown !== write.labels_shown) await ledger.keep(write, left)
  }

  function charge(tally: Tally, write: OwedWrite, writes: number): void {
    const now = clock.now()
    tally.spent += writes
    tally.toPause = writes
    tally.budget = spend(tally.budget, now, writes, limits)
    if (isRetry(write, tally.rests)) tally.budget = spendOnRetry(tally.budget, now, writes)
  }

  function shut(tally: Tally, limit: AppError): void {
    const wait = seconds(limit.retryAfter ?? UNNAMED_WAIT_SECONDS)
    tally.budget = close(tally.budget, clock.now() + wait)
  }

  /** Writes down how the debts stand, for health. */
  async function note(before: Standing | undefined, tally: Tally): Promise<void> {
    const refused: readonly RefusedDebt[] = await ledger.refused(MOST_COUNTED)
    const standing = standingOf(clock.now(), [...tally.owed.values()], tally.rests, refused)
    if (isNews(before, standing)) await ledger.saveStanding(standing)
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

/** How the calls for one debt went. */
interface Outcome {
  readonly done: readonly IssueWrite[]
  readonly errors: readonly AppError[]
  readonly isWhole: boolean
  /** Nothing more may be begun in this flush. */
  readonly isOver: boolean
}

/** What has become of the flush so far. */
interface Tally {
  budget: WriteBudget
  spent: number
  /** Writes of the call before this one: as many paces are waited. */
  toPause: number
  applied: number
  rests: Standing['rests']
  readonly failures: FlushFailure[]
  readonly setAside: string[]
  /** What is owed still, by the debt as it was read. */
  readonly owed: Map<OwedWrite, OwedWrite>
}

function newTally(budget: WriteBudget, owed: readonly OwedWrite[], rests: Standing['rests']): Tally {
  const debts = new Map(owed.map((write) => [write, write]))
  return { budget, spent: 0, toPause: 0, applied: 0, rests, failures: [], setAside: [], owed: debts }
}

function fail(tally: Tally, { repository, number }: OwedWrite, { code, message }: AppError): void {
  tally.failures.push({ repository, number, code, message })
}

function reportOf({ applied, failures, owed, budget, setAside }: Tally, now: Instant): FlushReport {
  const report = { locked: false, applied, failed: failures.length, failures, left: owed.size } as const
  const told = { ...report, ...(setAside.length > 0 && { debt_refused: setAside }) }
  return budget.closed_until > now ? { ...told, closed_until: budget.closed_until } : told
}

function without(rests: Standing['rests'], ...names: readonly string[]): Standing['rests'] {
  if (names.every((name) => rests[name] === undefined)) return rests
  return Object.fromEntries(Object.entries(rests).filter(([name]) => !names.includes(name)))
}

const costOfAll = (steps: readonly IssueWrite[]): number => steps.reduce((sum, step) => sum + costOf(step), 0)

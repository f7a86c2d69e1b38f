/** One debt within a flush: its calls, and what their outcome means for it, its repository and the budget. */
import { type Clock, type Instant, type Sleep, seconds } from '#lib/clock'
import { type AppError, type ErrorCode, toAppError } from '#lib/errors'
import {
  isGivenUp,
  isResting,
  isRetry,
  type Occasion,
  restAfter,
  retriesLeft,
  scopeOf,
  TOKEN,
  troubleAfter,
} from '#lib/github/debts'
import type { IssueWrite, IssueWriter, Left, OwedWrite, Standing, WriteBudget, WriteLedger } from '#lib/github/ports'
import { close, type Limits, spend, spendOnRetry } from '#lib/github/shaper'
import { costOf, costOfAll, leftOf, stepsOf, writesBehind } from '#lib/github/steps'
import type { Chance } from '#lib/ids'

export interface PaymentPorts {
  readonly ledger: WriteLedger
  readonly writer: IssueWriter
  readonly clock: Clock
  readonly chance: Chance
  readonly sleep: Sleep
}

/** Which of several lines to GitHub a repository is reached by; one line's limit is none of the others'. */
export type LineOf = (repository: string) => string

/** One flush: what it may do, and what has become of it so far. */
export interface Round {
  readonly tally: Tally
  /** Content writes reserved for this flush. */
  readonly allowed: number
  /** No write is begun after it. */
  readonly deadline: Instant
  readonly limits: Limits
  /** Milliseconds to leave after each content write. */
  readonly pace: number
  readonly lineOf?: LineOf | undefined
}

/** One write that did not get through, for the log. */
export interface FlushFailure {
  readonly repository: string
  readonly number: number
  readonly code: ErrorCode
  readonly message: string
}

export interface Tally {
  budget: WriteBudget
  spent: number
  /** Writes of the call before this one: as many paces are waited. */
  toPause: number
  applied: number
  rests: Standing['rests']
  /** Lines that GitHub told to wait, where there are several: their clients know until when. */
  readonly waiting: Set<string>
  readonly failures: FlushFailure[]
  /** Debts refused too often, e.g. `acme/shop#1`. */
  readonly setAside: string[]
  /** What is owed still, by the debt as it was read. */
  readonly owed: Map<OwedWrite, OwedWrite>
}

/** How the calls for one debt went. */
interface Outcome {
  readonly done: readonly IssueWrite[]
  readonly errors: readonly AppError[]
  /** GitHub took a write: neither the token nor the repository is refused any more. */
  readonly isTaken: boolean
  /** Nothing more may be begun in this flush. */
  readonly isOver: boolean
}

/** For a limit that came without a time. */
const UNNAMED_WAIT_SECONDS = 60

export function newTally(budget: WriteBudget, owed: readonly OwedWrite[], rests: Standing['rests']): Tally {
  const debts = new Map(owed.map((write) => [write, write]))
  return {
    budget,
    spent: 0,
    toPause: 0,
    applied: 0,
    rests,
    waiting: new Set(),
    failures: [],
    setAside: [],
    owed: debts,
  }
}

/** Pays one debt as far as it goes. `stop`: nothing more may be begun in this flush. Throws only what the ledger throws. */
export async function payDebt(write: OwedWrite, ports: PaymentPorts, round: Round): Promise<'go on' | 'stop'> {
  const { ledger, clock } = ports
  const { tally, limits } = round
  const now = clock.now()
  const steps = stepsOf(write)
  if (isOver(round, now, steps[0])) return 'stop'
  if (isResting(write, tally.rests, now) || waits(write, round)) return 'go on'
  const isBarred = isRetry(write, tally.rests) && retriesLeft(tally.budget, now, limits) < costOfAll(steps)
  if (isBarred || !(await ledger.begin(write))) return 'go on'
  const outcome = await applyAll(write, ports, round)
  const isPaid = outcome.done.length === steps.length
  if (outcome.isTaken) tally.rests = without(tally.rests, write.repository, TOKEN)
  if (!isPaid) await keep(write, outcome, { ...ports, ...round })
  else {
    tally.applied += 1
    if (await ledger.settle(write)) tally.owed.delete(write)
  }
  return outcome.isOver ? 'stop' : 'go on'
}

/** Takes one step after the other. Labels that are refused hold up no comment; after any other error the debt waits. */
async function applyAll(write: OwedWrite, { writer, clock, sleep }: PaymentPorts, round: Round): Promise<Outcome> {
  const { tally, pace } = round
  const done: IssueWrite[] = []
  const errors: AppError[] = []
  let isTaken = false
  for (const step of stepsOf(write)) {
    if (isOver(round, clock.now(), step)) return { done, errors, isTaken, isOver: true }
    if (tally.toPause > 0) await sleep(tally.toPause * pace)
    try {
      const { writes } = await writer.apply(step, { repeat: write.begun })
      charge(round, write, { writes, now: clock.now() })
      done.push(step)
      isTaken ||= writes > 0
    } catch (thrown) {
      const error = toAppError(thrown)
      charge(round, write, { writes: writesBehind(error, step), now: clock.now() })
      errors.push(error)
      if (error.code === 'rate_limited') return { done, errors, isTaken, isOver: round.lineOf === undefined }
      if (scopeOf(error) !== 'item' || step.comment !== null) break
    }
  }
  return { done, errors, isTaken, isOver: false }
}

function waits({ repository }: OwedWrite, { tally, lineOf }: Round): boolean {
  return lineOf !== undefined && tally.waiting.has(lineOf(repository))
}

/** True when a next write would begin too late, or not fit into what was reserved. */
function isOver({ tally, allowed, deadline, pace }: Round, now: Instant, next: IssueWrite | undefined): boolean {
  const cost = next === undefined ? 0 : costOf(next)
  return now + tally.toPause * pace >= deadline || tally.spent + cost > allowed
}

/** Notes what is left of a debt, and whom its error is about. */
async function keep(write: OwedWrite, { done, errors }: Outcome, desk: PaymentPorts & Round): Promise<void> {
  const { ledger, clock, chance, tally, lineOf } = desk
  const on: Occasion = { now: clock.now(), chance }
  const left = leftOf(write, done)
  const [error] = errors
  const scope = error && scopeOf(error)
  if (error?.code === 'rate_limited') {
    if (lineOf === undefined) shut(tally, error, on.now)
    else tally.waiting.add(lineOf(write.repository))
  }
  if (error === undefined || error.code === 'rate_limited') return stays(write, left, desk)
  const { repository, number } = write
  tally.failures.push({ repository, number, code: error.code, message: error.message })
  if (scope === 'repository' || scope === 'token') {
    const name = scope === 'token' ? TOKEN : repository
    tally.rests = { ...tally.rests, [name]: restAfter(tally.rests[name], error, on) }
    return stays(write, left, desk)
  }
  const trouble = troubleAfter(write.trouble, error, scope, on)
  if (scope === undefined || !isGivenUp(trouble)) return stays(write, { ...left, trouble }, desk)
  await ledger.setAside(write, { ...left, trouble })
  tally.owed.delete(write)
  tally.setAside.push(`${repository}#${number}`)
}

async function stays(
  write: OwedWrite,
  left: Left,
  { ledger, tally }: Pick<PaymentPorts, 'ledger'> & { tally: Tally },
): Promise<void> {
  tally.owed.set(write, { ...write, ...left })
  const isNew = left.trouble !== write.trouble || left.comments.length < write.comments.length
  if (isNew || left.labels_shown !== write.labels_shown) await ledger.keep(write, left)
}

function charge({ tally, limits }: Round, write: OwedWrite, { writes, now }: { writes: number; now: Instant }): void {
  tally.spent += writes
  tally.toPause = writes
  tally.budget = spend(tally.budget, now, writes, limits)
  if (isRetry(write, tally.rests)) tally.budget = spendOnRetry(tally.budget, now, writes)
}

function shut(tally: Tally, { retryAfter }: AppError, now: Instant): void {
  tally.budget = close(tally.budget, now + seconds(retryAfter ?? UNNAMED_WAIT_SECONDS))
}

function without(rests: Standing['rests'], ...names: readonly string[]): Standing['rests'] {
  if (names.every((name) => rests[name] === undefined)) return rests
  return Object.fromEntries(Object.entries(rests).filter(([name]) => !names.includes(name)))
}

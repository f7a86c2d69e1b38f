/** Pays what is owed to GitHub: one flusher at a time, one write at a time, within the limits. How one debt is paid: payment.ts. */
import { type Clock, type Instant, minutes, type Sleep, seconds, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { dueOf } from '#lib/github/debts'
import { type FlushFailure, type LineOf, newTally, payDebt, type Tally } from '#lib/github/payment'
import type { IssueWriter, WriteLedger } from '#lib/github/ports'
import { GITHUB_LIMITS, type Limits, planWrites, spend } from '#lib/github/shaper'
import { isNews, MOST_COUNTED, standingOf } from '#lib/github/standing'
import { costOfAll, stepsOf } from '#lib/github/steps'
import { type Chance, type Ids, systemChance } from '#lib/ids'

export interface FlushOptions {
  /** Content writes of one flush at most. */
  readonly maxWrites: number
  /** Milliseconds after which no further write is begun. */
  readonly deadlineMs: number
  /** GitHub's own unless the host is an Enterprise server with others. */
  readonly limits?: Limits
  /** Where limits are not everybody's: the installations of an App, see `linesOf`. */
  readonly lineOf?: LineOf | undefined
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
      /** Keys of debts that this version cannot read, left alone; left out when there are none. */
      readonly unreadable?: readonly string[]
      /** Set when GitHub asked for silence. */
      readonly closed_until?: Instant
    }

/** Nothing was owed, or another flusher is at work and reports. */
export function isIdleFlush(report: FlushReport): boolean {
  if (report.locked) return true
  const { applied, failed, left, debt_refused = [], unreadable = [], closed_until } = report
  return applied + failed + left + debt_refused.length + unreadable.length === 0 && closed_until === undefined
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
    const unreadable: string[] = []
    const leaveAlone = (key: string) => unreadable.push(key)
    const owed = await ledger.owed(LOOK_AHEAD, leaveAlone)
    const tally = newTally(await ledger.budget(), owed, before?.rests ?? {})
    const due = dueOf(owed, tally.rests, began)
    const wanted = Math.min(costOfAll(due.flatMap(stepsOf)), options.maxWrites)
    const { allowed } = planWrites(tally.budget, began, wanted, limits)
    if (allowed > 0) {
      // Reserved before the first write: a crash then costs a pause, never a breach of the limits.
      await ledger.saveBudget(spend(tally.budget, began, allowed, limits))
      const { lineOf } = options
      const round = { tally, allowed, deadline: began + options.deadlineMs, limits, pace, lineOf }
      try {
        for (const write of due) {
          if ((await payDebt(write, { ledger, writer, clock, chance, sleep }, round)) === 'stop') break
        }
      } finally {
        await ledger.saveBudget(tally.budget)
      }
    }
    const refused = await ledger.refused(MOST_COUNTED, leaveAlone)
    const standing = standingOf(clock.now(), {
      owed: [...tally.owed.values()],
      rests: tally.rests,
      refused,
      unreadable,
    })
    // Written down for health.
    if (isNews(before, standing)) await ledger.saveStanding(standing)
    return { ...reportOf(tally, clock.now()), ...(unreadable.length > 0 && { unreadable }) }
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

function reportOf({ applied, failures, owed, budget, setAside }: Tally, now: Instant): FlushReport {
  const report = { locked: false, applied, failed: failures.length, failures, left: owed.size } as const
  const told = { ...report, ...(setAside.length > 0 && { debt_refused: setAside }) }
  return budget.closed_until > now ? { ...told, closed_until: budget.closed_until } : told
}

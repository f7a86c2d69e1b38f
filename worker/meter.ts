/** What a lease has spent: what earlier runs under it did, and what the running command says of itself. */
import type { Clock, Instant } from '#lib/clock'
import type { Spent, Usage } from './protocol.ts'
import { readUsage } from './usage.ts'

export interface Meter {
  /** Starts counting for a lease; `before` is what earlier runs under it have spent. */
  start(before: Usage | undefined): void
  /** The command begins; it states its usage in `file`. */
  begin(file: string): void
  /** The command has ended; what it has spent by itself. */
  end(): Promise<Usage>
  /** The lease had spent so much by the time of a crash. */
  restore(spent: Spent): void
  /** The result was made before a crash, when this lease had spent so much in all. */
  resume(usage: Usage): void
  /** For a heartbeat: all of the lease so far; null while no command runs. */
  beat(): Promise<Usage | null>
  /** For a report: all of the lease. */
  spent(): Spent
}

interface Run {
  readonly file: string
  readonly began: Instant
}

const NOTHING: Usage = { seconds: 0 }

export function createMeter(clock: Clock): Meter {
  let before: Usage | undefined
  let own = NOTHING
  let running: Run | null = null
  // Some of it may be counted already, by a heartbeat whose answer was lost or that a killed worker sent.
  let perhapsTold = false

  const statementOf = ({ file, began }: Run) => readUsage(file, Math.max(0, clock.now() - began) / 1000)

  return {
    start(spent) {
      before = spent
      own = NOTHING
      running = null
      perhapsTold = spent !== undefined
    },
    begin(file) {
      running = { file, began: clock.now() }
    },
    async end() {
      if (running !== null) own = await statementOf(running)
      running = null
      return own
    },
    restore({ usage, usage_since }) {
      own = usage
      perhapsTold = usage_since !== undefined
    },
    resume(usage) {
      before = undefined
      own = usage
      perhapsTold = true
    },
    async beat() {
      if (running === null) return null
      perhapsTold = true
      return sumOf(before, await statementOf(running))
    },
    spent: () => ({ usage: sumOf(before, own), ...(perhapsTold && { usage_since: 'lease' }) }),
  }
}

/** Fields that neither states stay unstated. */
export function sumOf(a: Usage = NOTHING, b: Usage = NOTHING): Usage {
  const both = (name: 'input_tokens' | 'output_tokens' | 'cost_usd') => {
    const stated = [a[name], b[name]].filter((value) => value !== undefined)
    return stated.length === 0 ? {} : { [name]: stated.reduce((sum, value) => sum + value, 0) }
  }
  return { ...both('input_tokens'), ...both('output_tokens'), ...both('cost_usd'), seconds: a.seconds + b.seconds }
}

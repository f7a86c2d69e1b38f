/** Who asked what under which key, and what a vendor would have been paid for. */

export interface Call {
  readonly path: string
  readonly model: string
  /** Null when none was sent. */
  readonly key: string | null
  /** Whether a vendor's key came along; never which. */
  readonly authorized: boolean
  readonly structured: boolean
  readonly system: string
  readonly user: string
  /** The limit of the answer; null when none was sent. */
  readonly max_tokens: number | null
  /** The answer as it went out; empty when there was none. */
  readonly said: string
}

export interface Stats {
  /** Every request that arrived, also those that were refused or cut. */
  readonly calls: number
  /** Questions that were worked on: what costs money. */
  readonly paid: number
  /** Keys under which was worked more than once. */
  readonly paid_twice: readonly string[]
  readonly by_model: Readonly<Record<string, number>>
  /** Answers that the other side did not read to their end. */
  readonly cut_off: number
}

export interface Ledger {
  arrived(): void
  paid(call: Call): void
  cutOff(): void
  /** What was worked on, oldest first. */
  calls(): readonly Call[]
  stats(): Stats
  clear(): void
}

/** Older ones are forgotten: a stand-in may run for weeks. */
const MOST_CALLS = 5_000

export function createLedger(): Ledger {
  let arrived = 0
  let cut = 0
  const list: Call[] = []
  return {
    arrived() {
      arrived += 1
    },
    paid(call) {
      list.push(call)
      if (list.length > MOST_CALLS) list.shift()
    },
    cutOff() {
      cut += 1
    },
    calls: () => [...list],
    stats: () => ({
      calls: arrived,
      paid: list.length,
      paid_twice: doubles(list),
      by_model: byModel(list),
      cut_off: cut,
    }),
    clear() {
      arrived = 0
      cut = 0
      list.length = 0
    },
  }
}

function doubles(list: readonly Call[]): string[] {
  const keys = list.flatMap(({ key }) => (key === null ? [] : [key]))
  return [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))]
}

function byModel(list: readonly Call[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { model } of list) counts[model] = (counts[model] ?? 0) + 1
  return counts
}

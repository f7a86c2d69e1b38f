/** What was asked and answered since the start. */

export interface Stats {
  /** Calls by `<verb> <resource>`, e.g. `list cronjobs`. */
  readonly calls: Readonly<Record<string, number>>
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>
}

export interface Tally {
  asked(verb: string, resource: string): void
  answered(status: number): void
  stats(): Stats
}

export function createTally(): Tally {
  const calls: Record<string, number> = {}
  const statuses: Record<string, number> = {}
  const add = (counts: Record<string, number>, key: string | number) => {
    counts[key] = (counts[key] ?? 0) + 1
  }
  return {
    asked: (verb, resource) => add(calls, `${verb} ${resource}`),
    answered: (status) => add(statuses, status),
    stats: () => ({ calls: { ...calls }, statuses: { ...statuses } }),
  }
}

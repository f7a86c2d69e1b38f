/** Writes down what the workers were told, and says where Coxswain contradicted itself. */

export interface LeaseSeen {
  readonly issue_number: number
  readonly lease: { readonly token: number }
}

export interface Witness {
  /** Counts something that happened, for the summary. */
  note(what: string): void
  leased(worker: string, lease: LeaseSeen): void
  /** The final answer to a completion. */
  reported(lease: LeaseSeen, status: number): void
  /** The answer to the same completion once more. */
  repeated(lease: LeaseSeen, first: number, second: number): void
  /** A call that was answered, but not as it should be. */
  refused(path: string, status: number): void
  tally(): Readonly<Record<string, number>>
  /** Issues and the tokens whose completion was acknowledged. */
  acknowledged(): ReadonlyMap<number, ReadonlySet<number>>
  contradictions(): readonly string[]
}

export function createWitness(): Witness {
  const holders = new Map<string, string>()
  const accepted = new Map<number, Set<number>>()
  const tally: Record<string, number> = {}
  const contradictions: string[] = []
  const note = (what: string) => {
    tally[what] = (tally[what] ?? 0) + 1
  }

  return {
    note,
    leased(worker, { issue_number, lease }) {
      note('leases')
      const name = `#${issue_number} token ${lease.token}`
      const before = holders.get(name)
      if (before !== undefined && before !== worker) {
        contradictions.push(`${name} was given to ${before} and to ${worker}`)
      }
      holders.set(name, worker)
    },
    reported({ issue_number, lease }, status) {
      note(status === 200 ? 'completions acknowledged' : `completions answered ${status}`)
      if (status === 200) accepted.set(issue_number, (accepted.get(issue_number) ?? new Set()).add(lease.token))
      else if (status !== 409) contradictions.push(`#${issue_number}: a completion was answered ${status}`)
    },
    repeated({ issue_number }, first, second) {
      note('completions repeated')
      // 0: the run ended before there was an answer.
      if (first !== second && second !== 0) {
        contradictions.push(`#${issue_number}: a completion was answered ${first}, its repetition ${second}`)
      }
    },
    refused(path, status) {
      note(`${path} answered ${status}`)
      if (status < 500) contradictions.push(`${path} answered ${status}`)
    },
    tally: () => tally,
    acknowledged: () => accepted,
    contradictions: () => contradictions,
  }
}

/** What waiting jobs wait for, as callers see it: dependencies, cycles, and files that others have in hand. */
import { TOO_MANY } from './declared.ts'
import { issueOf } from './depends.ts'
import { carries, NEEDS_CLARIFICATION } from './labels.ts'
import type { Job, Waits } from './model.ts'
import { askForFiles, type FilesPorts, newSight } from './reserve.ts'

export interface WaitingFor {
  readonly kind: 'dependency' | 'missing' | 'too_many' | 'cycle' | 'files' | 'clarification'
  /** The issues that it waits for, as `owner/repo#7`. */
  readonly issues: readonly string[]
  /** In words. */
  readonly detail: string
}

const CLARIFICATION: WaitingFor = {
  kind: 'clarification',
  issues: [],
  detail: `It carries ${NEEDS_CLARIFICATION}; it goes on once a person takes that label off.`,
}

/** What each of `jobs` waits for, by job; those that wait for nothing are left out. Half a read unit per repository. */
export async function waitingForOf(ports: FilesPorts, jobs: readonly Job[]): Promise<ReadonlyMap<Job, WaitingFor[]>> {
  const sight = newSight()
  const found = new Map<Job, WaitingFor[]>()
  for (const job of jobs.filter(({ state }) => state.kind === 'pending')) {
    const asked = await askForFiles(ports, job, sight)
    const files = asked.kind === 'held' ? asked.by.map(({ number, globs }) => heldBy(job, number, globs)) : []
    const answer = carries(job.facts.labels, NEEDS_CLARIFICATION) ? [CLARIFICATION] : []
    const all = [...answer, ...(job.facts.waits ? dependencies(job, job.facts.waits) : []), ...files]
    if (all.length > 0) found.set(job, all)
  }
  return found
}

function dependencies(job: Job, { on, missing = [], cycle = [] }: Waits): readonly WaitingFor[] {
  const circling: readonly WaitingFor[] =
    cycle.length === 0
      ? []
      : [
          {
            kind: 'cycle',
            issues: cycle.map((each) => nameOf(each, job)),
            detail: `It waits for itself: ${[...cycle, ...cycle.slice(0, 1)].join(' → ')}.`,
          },
        ]
  return [...circling, ...on.map((reference) => dependency(job, reference, missing.includes(reference)))]
}

function dependency(job: Job, reference: string, isMissing: boolean): WaitingFor {
  if (reference === TOO_MANY) {
    return { kind: 'too_many', issues: [], detail: 'It declares more dependencies than are read; name fewer.' }
  }
  const issues = [nameOf(reference, job)]
  if (!isMissing) return { kind: 'dependency', issues, detail: `${reference} is open.` }
  return { kind: 'missing', issues, detail: `${reference} is not to be found; mend the reference or take it out.` }
}

function heldBy({ key }: Job, number: number, globs: readonly string[]): WaitingFor {
  return {
    kind: 'files',
    issues: [`${key.repository}#${number}`],
    detail: `#${number} has ${globs.join(', ')} in hand.`,
  }
}

function nameOf(reference: string, { key }: Job): string {
  const { repository, number } = issueOf(reference, key.repository) ?? key
  return `${repository}#${number}`
}

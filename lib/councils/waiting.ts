/** Waits for a run that another process carries out, for callers who cannot wait for ever. */
import type { Clock, Instant, Sleep } from '#lib/clock'
import { COUNCIL_CODES, CouncilError } from './errors.ts'
import type { Councils, StoredDeliberation } from './service.ts'

export interface Waiting {
  readonly councils: Pick<Councils, 'result'>
  readonly clock: Clock
  readonly sleep: Sleep
}

/** Looks this soon after the start, then half as long again each time, up to the longest pause. */
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000
const GROWTH = 1.5

/** The run once it is over; undefined when it is not by `until`. */
export async function untilOver(
  executionId: string,
  until: Instant,
  { councils, clock, sleep }: Waiting,
): Promise<StoredDeliberation | undefined> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS)) {
    const run = await councils.result(executionId)
    if (isOver(run)) return run
    if (clock.now() + pause > until) return undefined
    await sleep(pause)
  }
}

function isOver({ status }: StoredDeliberation): boolean {
  return status !== 'PENDING' && status !== 'IN_PROGRESS'
}

/** The run when it is complete. Throws what its caller would have been told when it is not. */
export function completed(run: StoredDeliberation): StoredDeliberation {
  if (run.status === 'COMPLETED') return run
  const told = COUNCIL_CODES.find((code) => code === run.metadata.tags['error_code'])
  const code = told ?? (run.status === 'TIMEOUT' ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE')
  throw new CouncilError(code, run.error_message, { executionId: run.execution_id })
}

/** What a run that is over adds to the figures. */
import { isDegraded } from './degraded.ts'
import type { Output, Run } from './run.ts'
import type { Summary } from './store-ports.ts'

/** Undefined while the run is not over. */
export function summaryOf(run: Run, outputs: readonly Output[]): Summary | undefined {
  const { standing } = run
  if (standing.kind === 'open') return undefined
  const answered = outputs.flatMap(({ said, spending }) =>
    said.kind === 'failed' || spending === null ? [] : [spending],
  )
  return {
    execution_id: run.execution_id,
    kind: run.kind,
    role: run.role,
    at: standing.at,
    ms: standing.at - run.created_at,
    completed: standing.kind === 'completed',
    degraded: standing.kind === 'completed' && isDegraded(standing.decision.tags),
    calls: answered.length,
    calls_ms: answered.reduce((sum, { ms }) => sum + ms, 0),
  }
}

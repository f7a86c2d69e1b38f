/** Where councils live in the table. */
import { STAGES, type Step } from '#lib/councils/run'
import type { Key } from './table.ts'

const padded = (n: number, digits: number): string => String(n).padStart(digits, '0')

/** Everything of one run shares a partition: one query reads it whole. */
export const runOf = (executionId: string): string => `COUNCIL_RUN#${executionId}`

/** The run itself: small, written when something begins or ends. */
export const RUN = 'RUN'
export const runKey = (executionId: string): Key => ({ pk: runOf(executionId), sk: RUN })
/** The task and the agents, as they were when the run began; by the run's seed, so that two creators never mix theirs. */
export const briefKey = (executionId: string, seed: string): Key => ({ pk: runOf(executionId), sk: `BRIEF#${seed}` })

/** What a step left behind. */
export const OUTPUTS = 'O#'
export const outputKey = (executionId: string, { stage, round, agent_id }: Step): Key => ({
  pk: runOf(executionId),
  sk: `${OUTPUTS}${padded(round, 3)}#${STAGES.indexOf(stage)}#${agent_id}`,
})

/** A wave whose spending the day knows. */
export const COUNTED = 'S#'
export const countedWaveKey = (executionId: string, wave: string): Key => ({
  pk: runOf(executionId),
  sk: `${COUNTED}${wave}`,
})

/** Runs in the order of time: all, and those of one role. */
export const runsOf = (role: string | undefined): string =>
  role === undefined ? 'COUNCIL_RUNS' : `COUNCIL_RUNS#${role.toLowerCase()}`
export const listedKey = (role: string | undefined, at: number, executionId: string): Key => ({
  pk: runsOf(role),
  sk: `${padded(at, 13)}#${executionId}`,
})

/** Runs that are not settled yet. */
export const OPEN_RUNS = 'COUNCIL_OPEN'
export const openKey = (executionId: string): Key => ({ pk: OPEN_RUNS, sk: executionId })

/** What runs that are over add to the figures, in the order of their ends. */
export const ENDED_RUNS = 'COUNCIL_ENDED'
export const endedKey = (at: number, executionId: string): Key => ({
  pk: ENDED_RUNS,
  sk: `${padded(at, 13)}#${executionId}`,
})

/** The newest run of a task. */
export const taskKey = (taskId: string): Key => ({ pk: `COUNCIL_TASK#${taskId}`, sk: 'newest' })

/** Runs counted by kind and role. */
export const COUNCIL_COUNTS: Key = { pk: 'COUNTS', sk: 'councils' }
/** What councils spent on a day. */
export const spentKey = (day: string): Key => ({ pk: 'COUNCIL_SPENT', sk: day })

/** The registry: one item per council, its agents within. */
export const COUNCILS = 'COUNCILS'
export const councilKey = (role: string): Key => ({ pk: COUNCILS, sk: role.toLowerCase() })

/** How far a run is, for those who watch it. */
import type { Loaded, Output, Stage } from './run.ts'
import type { DeliberationResult, Update } from './service.ts'

const STATUS: Readonly<Record<Stage, Update['status']>> = {
  propose: 'generating',
  review: 'reviewing',
  revise: 'reviewing',
  check: 'scoring',
  judge: 'scoring',
}

const DOING: Readonly<Record<Stage, string>> = {
  propose: 'proposed',
  review: 'reviewed',
  revise: 'revised',
  check: 'checked',
  judge: 'judged',
}

/** The last percent is the answer's. */
const ALMOST = 99

export const BEGUN: Update = {
  status: 'generating',
  progress_percent: 0,
  current_step: 'asking the agents for proposals',
  current_agent: '',
  partial_result: null,
}

/** What an output that was just stored tells. */
export function updateOf(output: Output, { run, outputs }: Loaded): Update {
  const { stage, round, agent_id, said } = output
  const what = said.kind === 'failed' ? `failed to answer (${said.failure.kind})` : DOING[stage]
  return {
    status: STATUS[stage],
    progress_percent: Math.min(ALMOST, Math.floor((100 * outputs.length) / expected(run))),
    current_step: round === 0 ? `${agent_id} ${what}` : `round ${round}: ${agent_id} ${what}`,
    current_agent: agent_id,
    partial_result: null,
  }
}

/** `degraded`: why the result is not whole. */
export function completeUpdate(winner: DeliberationResult | undefined, degraded: readonly string[] = []): Update {
  return {
    status: 'complete',
    progress_percent: 100,
    current_step: degraded.length === 0 ? 'complete' : `complete, degraded: ${degraded.join(', ')}`,
    current_agent: '',
    partial_result: winner ?? null,
  }
}

/** Proposals, reviews and revisions of each round, checks: what a run leaves behind when nothing ends it early. */
function expected({ agents, rounds }: Loaded['run']): number {
  return agents * (2 + 2 * rounds)
}

/** A council service that does what the test says: every method answers by its script, and what it was asked is kept. */
import { CouncilError } from '#lib/councils/errors'
import type { CheckSuite } from '#lib/councils/model'
import type {
  Asking,
  Councils,
  DeliberateRequest,
  DeliberateResponse,
  DeliberationResult,
  OrchestrateRequest,
  StoredDeliberation,
  Update,
} from '#lib/councils/service'

export interface Asked {
  readonly method: string
  readonly request: unknown
  readonly asking: Asking | undefined
}

export type Script = Partial<Councils>

export const NO_DEV = 'No agents configured for role: DEV. Agents must be registered before deliberation can occur.'

const checks: CheckSuite = {
  policy: { passed: true, violations: [], message: 'Nothing forbidden.' },
  lint: { passed: false, error_count: 1, warning_count: 2, errors: ['line 3: unexpected token'] },
  dryrun: { passed: true, output: 'nothing to run', exit_code: 0, message: 'Nothing to check.' },
  additional_checks: [
    { check_type: 'peer_rank', passed: true, score: 0.75, message: 'Second of three.', details: { borda: '3' } },
  ],
  all_passed: false,
}

export function aResult(rank: number, author = `agent-dev-00${rank}`): DeliberationResult {
  return {
    proposal: {
      author_id: author,
      author_role: 'DEV',
      content: `Proposal of ${author}: ✓ 設計`,
      created_at_ms: 1_767_600_000_000 + rank,
      revisions: ['the first text'],
    },
    checks,
    score: 1 - rank / 10,
    rank,
  }
}

export const metadata = {
  orchestrator_version: '0.1.0',
  timestamp_ms: 1_767_600_000_123,
  execution_id: '0123456789abcdef',
  tags: { tokens: '1200', seed: '42' },
}

export const ranked: DeliberateResponse = {
  results: [aResult(1), aResult(2), aResult(3)],
  winner_id: 'agent-dev-001',
  duration_ms: 5_000_000_000,
  metadata,
}

export const stored: StoredDeliberation = {
  task_id: 'task-1',
  execution_id: metadata.execution_id,
  role: 'DEV',
  status: 'COMPLETED',
  status_detail: 'COMPLETED',
  degraded: false,
  warnings: [],
  results: ranked.results,
  winner_id: ranked.winner_id,
  duration_ms: ranked.duration_ms,
  error_message: '',
  metadata,
}

/** Without a script there are no agents and no runs. */
export function aScriptedService(script: Script = {}) {
  const asked: Asked[] = []
  const note = (method: string, request: unknown, asking?: Asking) => void asked.push({ method, request, asking })
  const none = (what: string) => Promise.reject(new CouncilError('NOT_FOUND', `There is no ${what}.`))
  const nobody = (role: string) =>
    Promise.reject(
      new CouncilError(
        'UNIMPLEMENTED',
        `No agents configured for role: ${role}. Agents must be registered before deliberation can occur.`,
      ),
    )
  const defaults: Councils = {
    deliberate: ({ role }) => nobody(role),
    deliberateWatched: ({ role }) => nobody(role),
    orchestrate: ({ role }) => nobody(role),
    submitDeliberation: ({ role }) => nobody(role),
    submitOrchestration: ({ role }) => nobody(role),
    resume: () => none('such run'),
    unfinished: async () => [],
    openRuns: async () => ({ free: [], held: 0 }),
    result: () => none('such run'),
    list: async () => ({ deliberations: [] }),
    transcript: () => none('such run'),
    recount: () => none('such run'),
    stats: async () => ({
      total_deliberations: 3,
      total_orchestrations: 0,
      avg_deliberation_time_ms: 1.5,
      active_councils: 1,
      role_counts: { DEV: 3 },
    }),
    metrics: async () => ({}),
    createCouncil: async () => ({ council_id: 'council-dev', agents_created: 1, agent_ids: ['agent-dev-001'] }),
    listCouncils: async () => [],
    deleteCouncil: () => none('such council'),
    registerAgent: async () => ({ success: true, message: 'Registered.', council_id: 'council-dev' }),
    unregisterAgent: () => none('such agent'),
  }
  const all = { ...defaults, ...script }
  const councils: Councils = {
    ...all,
    deliberate(request: DeliberateRequest, asking: Asking) {
      note('deliberate', request, asking)
      return all.deliberate(request, asking)
    },
    deliberateWatched(request: DeliberateRequest, asking: Asking, tell: (update: Update) => void) {
      note('deliberateWatched', request, asking)
      return all.deliberateWatched(request, asking, tell)
    },
    orchestrate(request: OrchestrateRequest, asking: Asking) {
      note('orchestrate', request, asking)
      return all.orchestrate(request, asking)
    },
    createCouncil(request) {
      note('createCouncil', request)
      return all.createCouncil(request)
    },
    registerAgent(request) {
      note('registerAgent', request)
      return all.registerAgent(request)
    },
    metrics(type, rangeMs) {
      note('metrics', { type, rangeMs })
      return all.metrics(type, rangeMs)
    },
  }
  return { councils, asked }
}

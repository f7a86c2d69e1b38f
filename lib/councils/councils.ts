/** The councils: ports in, the service out. */
import type { Clock } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { checkRole } from './bounds.ts'
import { degradedReasonsOf } from './degraded.ts'
import type { EntryOptions } from './entries.ts'
import { CouncilError } from './errors.ts'
import { createFigures } from './figures.ts'
import { createOpening, type Opened, type OpeningOptions } from './opening.ts'
import type { Agents, Alarm, Checks } from './ports.ts'
import { BEGUN, completeUpdate, updateOf } from './progress.ts'
import { recentRegistry } from './recent.ts'
import { createRegistry } from './registry.ts'
import { createRoster, type Defaults } from './roster.ts'
import type { Loaded, Run } from './run.ts'
import { createRunner, type RunnerOptions } from './runner.ts'
import type { Asking, Councils } from './service.ts'
import type { Registry, RunStore } from './store-ports.ts'
import { createSubmit } from './submit.ts'
import { recountOf, transcriptOf } from './transcript.ts'
import { createOpenRuns } from './unfinished.ts'
import { type About, cardView, deliberateView, orchestrateView, storedView } from './views.ts'

export interface CouncilsPorts {
  readonly store: RunStore
  readonly registry: Registry
  readonly defaults: Defaults
  readonly agents: Agents
  readonly checks: Checks
  readonly clock: Clock
  readonly ids: Ids
  readonly alarm: Alarm
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
  readonly options: CouncilsOptions
}

export interface CouncilsOptions extends EntryOptions, OpeningOptions, RunnerOptions, About {
  /** How old what is known of councils may be, ms; changes are always based on the table. Missing: nothing is kept. */
  readonly councilsFreshMs?: number
}

type Stored = (loaded: Parameters<typeof updateOf>[0], all: Loaded) => void

/** A run that another process works on is looked at this often. */
const LOOK_AGAIN_MS = 500
/** A run that others may have asked for, too, is let go, not cancelled. */
const LET_GO = { whenAbandoned: 'let_go', stored: () => undefined } as const
const NOBODY = { fence: 0, holder: '', until: 0 }

export function createCouncils(ports: CouncilsPorts): Councils {
  const { store, clock, ids, options } = ports
  const registry = recentRegistry(ports.registry, clock, options.councilsFreshMs)
  const roster = createRoster(registry, ports.defaults)
  const { base } = createRoster(ports.registry, ports.defaults)
  const figures = createFigures({ store, roster, clock })
  const opening = createOpening({ roster, clock, ids, options })
  const submit = createSubmit({ store, clock, budgets: options.budgets })
  const runner = createRunner(ports)
  const openRuns = createOpenRuns(ports)

  return {
    ...createRegistry({ registry, roster, base, agents: ports.agents, busy: figures.busy, options }),
    stats: figures.stats,
    metrics: figures.metrics,
    openRuns,
    unfinished: async (limit) => (await openRuns(limit)).free,

    async deliberate(request, asking) {
      return deliberateView(await runNow(await opening.deliberation(request, asking), asking), options)
    },

    async deliberateWatched(request, asking, tell) {
      const opened = await opening.deliberation(request, asking)
      tell(BEGUN)
      const loaded = await runNow(opened, asking, (output, all) => tell(updateOf(output, all)))
      const answer = deliberateView(loaded, options)
      const winner = answer.results.find(({ proposal }) => proposal.author_id === answer.winner_id)
      tell(completeUpdate(winner, degradedReasonsOf(answer.metadata.tags)))
      return answer
    },

    async orchestrate(request, asking) {
      return orchestrateView(await runNow(await opening.orchestration(request, asking), asking), options)
    },

    async submitDeliberation(request, asking) {
      const { run } = await submit(await opening.deliberation(request, asking), NOBODY)
      return { execution_id: run.execution_id }
    },

    async submitOrchestration(request, asking) {
      const { run } = await submit(await opening.orchestration(request, asking), NOBODY)
      return { execution_id: run.execution_id }
    },

    async resume(executionId, asking) {
      const held = await runner.take(executionId)
      const decided = held && (await runner.carry(held, { ...LET_GO, signal: asking.signal }))
      const loaded = decided ?? (await mustLoad(executionId))
      // A run that is over may have died just before its figures were written.
      if (held === undefined) await runner.settle(loaded)
      return storedView(loaded, options)
    },

    result: async (id) => storedView(await mustFind(id), options),

    async list({ role, limit, cursor }) {
      if (role !== undefined) checkRole(role)
      const page = await store.list(role, limit, cursor)
      const deliberations = page.items.map((run) => cardView(run, options))
      return page.cursor === undefined ? { deliberations } : { deliberations, next_cursor: page.cursor }
    },

    transcript: async (id) => transcriptOf(await mustFind(id)),
    recount: async (id) => recountOf(await mustFind(id)),
  }

  /** Runs a request to its end here, or waits for whoever runs the same already. */
  async function runNow(opened: Opened, asking: Asking, stored: Stored = () => undefined): Promise<Loaded> {
    const lease = { fence: 1, holder: ids.uuid(), until: runner.leaseUntil(clock.now()) }
    const { run, fresh } = await submit(opened, lease)
    const carrying = { signal: asking.signal, whenAbandoned: 'cancel', stored } as const
    const held = { run, brief: opened.brief, outputs: [], counted: [] }
    const decided = fresh ? await runner.carry(held, carrying) : undefined
    if (decided !== undefined) return decided
    await untilOver(run, asking)
    return mustLoad(run.execution_id)
  }

  /** Waits for a run in other hands, and takes it over when those let go. */
  async function untilOver({ execution_id, deadline_at }: Run, asking: Asking): Promise<void> {
    const longest = runner.leaseUntil(Math.max(deadline_at, clock.now()))
    const patience = Math.min(asking.deadline ?? longest, longest)
    while (await isOpen(execution_id)) {
      const held = await runner.take(execution_id)
      if (held !== undefined) await runner.carry(held, { ...LET_GO, signal: asking.signal })
      if (asking.signal?.aborted === true) throw gone('CANCELLED', 'Nobody waits for this run any more.', execution_id)
      if (clock.now() >= patience) {
        throw gone('DEADLINE_EXCEEDED', 'The deadline passed while the run was in other hands.', execution_id)
      }
      if (held === undefined) await new Promise<void>((resolve) => void ports.alarm(LOOK_AGAIN_MS, resolve))
    }
  }

  async function isOpen(executionId: string): Promise<boolean> {
    return (await store.find(executionId))?.standing.kind === 'open'
  }

  async function mustLoad(executionId: string): Promise<Loaded> {
    const loaded = await store.load(executionId)
    if (loaded !== undefined) return loaded
    throw new CouncilError(
      'NOT_FOUND',
      `Deliberation "${executionId.slice(0, 100)}" not found: no task and no execution has this id.`,
    )
  }

  /** By execution id, or by the id of a task. */
  async function mustFind(id: string): Promise<Loaded> {
    const loaded = id === '' ? undefined : await store.load(id)
    if (loaded !== undefined) return loaded
    const pointed = id === '' ? undefined : await store.pointed(id)
    return mustLoad(pointed ?? id)
  }
}

function gone(code: 'CANCELLED' | 'DEADLINE_EXCEEDED', message: string, executionId: string): CouncilError {
  return new CouncilError(code, message, { executionId })
}

/** Workflows as the functions use them: one factory over their ports. */
import type { Clock, Sleep } from '#lib/clock'
import type { Chance, Ids } from '#lib/ids'
import type { Definitions } from './catalog.ts'
import { type CheckLock, createCheck } from './check.ts'
import { createConsult } from './consult.ts'
import { createDispatcher } from './dispatcher.ts'
import { createEngine, type Occasion } from './engine.ts'
import { graphOf } from './graph.ts'
import { createList } from './list.ts'
import type { AgentHub, ConsultationStore, DispatchStore, WorkflowCounts, WorkflowStore } from './ports.ts'
import { createReading } from './reading.ts'
import { eventOf, type Said } from './requests.ts'
import { createStart, type StartRequest } from './start.ts'

export interface WorkflowPorts {
  readonly store: WorkflowStore
  readonly dispatches: DispatchStore
  readonly consultations: ConsultationStore
  readonly definitions: Definitions
  readonly hub: AgentHub
  readonly counts: () => Promise<WorkflowCounts>
  readonly lock: CheckLock
  readonly clock: Clock
  readonly sleep: Sleep
  readonly ids: Ids
  readonly chance: Chance
  readonly warn: (message: string, facts: Readonly<Record<string, unknown>>) => void
}

export function createWorkflows(ports: WorkflowPorts) {
  const engine = createEngine(ports)
  const reading = createReading({ ...ports, engine })
  const begin = createStart(ports)
  const dispatch = createDispatcher({ ...ports, engine, reading })

  return {
    ...createConsult({ ...ports, engine }),
    list: createList(ports),
    check: createCheck({ ...ports, engine, dispatch }),
    dispatch,
    engine,
    begin,
    reading,
    view: reading.view,
    viewOf: reading.viewOf,
    history: reading.history,

    async graph(featureId: string) {
      return graphOf(await engine.load(featureId))
    },

    /** Starts a run, or finds the one that this very request started. */
    async start(request: StartRequest) {
      const { run, fresh } = await begin(request)
      return { fresh, view: await reading.viewOf(run) }
    },

    /** Applies what was said to the run and shows it. Throws what the machine refuses. */
    async advance(featureId: string, said: Said, on: Occasion) {
      const run = await engine.load(featureId)
      const { run: after } = await engine.apply(run, await eventOf(ports.store, run, said), on)
      return reading.viewOf(after)
    },
  }
}

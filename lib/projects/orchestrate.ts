/** Orchestrates one project: looks at it, decides, carries out; one at a time per project, each finishing what a crash left. */

import type { createAnalysis } from './analysis.ts'
import { answerOf, dryAnswer, isRequest, type RequestRecord } from './answer.ts'
import type { Carry } from './carry.ts'
import { decide } from './engine.ts'
import { type createLock, type Hold, PATIENCE_MS } from './lock.ts'
import type { Ask } from './seen.ts'
import type { ProjectStore } from './store-ports.ts'

export interface OrchestratePorts {
  readonly store: ProjectStore
  readonly analyse: ReturnType<typeof createAnalysis>
  readonly exclusively: ReturnType<typeof createLock>
  readonly carry: Carry
}

export interface Request extends Ask {
  readonly project: string
  readonly dry_run: boolean
  readonly correlation_id: string
}

export function createOrchestrate({ store, analyse, exclusively, carry }: OrchestratePorts) {
  /** Throws `not_found`, `conflict` while another is at it, `upstream_unavailable` naming the service that is needed. */
  return async function orchestrate(request: Request) {
    if (request.dry_run) return dryRun(request)
    return answerOf(await exclusively(request.project, PATIENCE_MS, (hold) => decided(request, hold)))
  }

  async function dryRun(request: Request) {
    const { inputs } = await analyse(request.project, request, await store.load(request.project))
    return dryAnswer(inputs, decide(inputs))
  }

  async function decided(request: Request, hold: Hold): Promise<RequestRecord> {
    const { project, correlation_id } = request
    const left = await store.load(project)
    const resumed = await carry.resume(project, left, hold)
    // A repeat after a crash hears what came of the first try.
    if (isRequest(resumed)) return resumed
    const known = left.state.open === null ? left : await store.load(project)
    const { inputs, unassigned, lives } = await analyse(project, request, known)
    const decision = decide(inputs)
    const trigger = 'request'
    const begun = { project, known, hold, trigger, correlation_id, inputs, decision, unassigned, lives } as const
    return { ...(await carry.out(begun)), inputs }
  }
}

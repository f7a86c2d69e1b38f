/** Starting: a feature gets its one run; the same request again gets the run it started. */
import type { Clock, Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Ids } from '#lib/ids'
import type { Definitions } from './catalog.ts'
import type { Definition } from './definition.ts'
import { canonical, digestOf } from './digest.ts'
import type { Brief, PhaseRecord, Run, Workflow } from './model.ts'
import type { WorkflowStore } from './ports.ts'
import { stateName } from './standing.ts'
import { transition } from './transition.ts'

export interface StartPorts {
  readonly store: WorkflowStore
  readonly definitions: Definitions
  readonly clock: Clock
  readonly ids: Ids
}

export interface StartRequest extends Brief {
  readonly feature_id: string
  readonly definition: string
  /** The newest when none is named. */
  readonly definition_version?: number | undefined
  readonly actor: string
  readonly correlation_id: string
}

export interface Started {
  readonly run: Run
  /** False when this very request had started it before. */
  readonly fresh: boolean
}

const UNTOUCHED: PhaseRecord = {
  attempt: 0,
  failures: 0,
  rework: 0,
  started_at: null,
  finished_at: null,
  result: null,
  by: null,
  error: null,
  reason: null,
}

/** 3 write units: the brief, the place in the list, the run. Throws `conflict` when another request took the feature. */
export function createStart({ store, definitions, clock, ids }: StartPorts) {
  return async function start(request: StartRequest): Promise<Started> {
    const fingerprint = fingerprintOf(request)
    const standing = await store.find(request.feature_id)
    if (standing !== undefined) return again(standing, fingerprint)

    const definition = await definitions.forNewRun(request.definition, request.definition_version)
    const brief = canonical({ description: request.description, context: request.context })
    await store.keepText(request.feature_id, digestOf(brief), brief)
    const workflow = opened(request, {
      definition,
      brief: digestOf(brief),
      fingerprint,
      id: ids.uuid(),
      at: clock.now(),
    })
    const saved = await store.create(workflow)
    if (saved.kind === 'saved') return { run: { workflow, definition }, fresh: true }
    if (saved.current === undefined) throw new Error('A write was refused by a run that is not there.')
    return again(saved.current, fingerprint)
  }

  async function again(workflow: Workflow, fingerprint: string): Promise<Started> {
    if (workflow.request !== fingerprint) throw taken(workflow)
    return { run: { workflow, definition: await definitions.pinned(workflow.definition) }, fresh: false }
  }
}

/** What makes two requests the same: all they say, as they said it. */
function fingerprintOf({ feature_id, description, context, definition, definition_version }: StartRequest): string {
  return digestOf(canonical({ feature_id, description, context, definition, definition_version }))
}

interface Opening {
  readonly definition: Definition
  readonly brief: string
  readonly fingerprint: string
  readonly id: string
  readonly at: Instant
}

/** A run at its very beginning: IDLE, then started, both at `at`. */
export function opened(request: StartRequest, { definition, brief, fingerprint, id, at }: Opening): Workflow {
  const { feature_id, actor, correlation_id } = request
  const nothing = { attempt: 0, result: null, evidence: null, reason: null }
  const idle: Workflow = {
    feature_id,
    id,
    definition: { name: definition.name, version: definition.version },
    state: { kind: 'idle' },
    phases: definition.phases.map(() => UNTOUCHED),
    paused: null,
    brief,
    request: fingerprint,
    version: 0,
    last: { seq: 0, from: 'IDLE', to: 'IDLE', event: 'start', actor, at, ...nothing },
    created_at: at,
    updated_at: at,
    completed_at: null,
    correlation_id,
  }
  const outcome = transition({ workflow: idle, definition }, { kind: 'start', actor }, at)
  if (outcome.kind !== 'moved') throw new Error('A run that has just begun can always be started.')
  return outcome.workflow
}

function taken(workflow: Workflow): AppError {
  const name = stateName(workflow.state)
  const message = `The feature ${workflow.feature_id} has a workflow already, started by another request; it is in ${name}.`
  return new AppError('conflict', `${message} Take another feature_id.`, {
    details: { feature_id: workflow.feature_id, state: name, version: workflow.version },
  })
}

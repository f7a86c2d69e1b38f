/** Workflows on a real table, with a clock of their own and a hub that says what a test wants. */
import type { Sleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { systemIds } from '#lib/ids'
import { createLocks } from '#lib/store/locks'
import { createWorkflowStore } from '#lib/store/workflows'
import { createConsultationStore } from '#lib/store/workflows-consultations'
import { createFeatureNumbers } from '#lib/store/workflows-counter'
import { createWorkflowCounts } from '#lib/store/workflows-counts'
import { createDefinitionStore } from '#lib/store/workflows-definitions'
import { createDispatchStore } from '#lib/store/workflows-dispatches'
import { createDefinitions } from '#lib/workflows/catalog'
import { type DefinitionInput, readDefinition } from '#lib/workflows/definition'
import type { Run, Workflow, WorkflowEvent } from '#lib/workflows/model'
import type { AgentHub, Asked, Invocation, Invoked, Question, Unusable } from '#lib/workflows/ports'
import { createRuns } from '#lib/workflows/runs'
import { opened } from '#lib/workflows/start'
import { transition } from '#lib/workflows/transition'
import { createWorkflows } from '#lib/workflows/workflows'
import { aClock, START } from '#test/helpers/clock'
import { aTable, type LocalTable } from '#test/helpers/dynamodb'

export const MANUAL: DefinitionInput = {
  name: 'manual',
  version: 1,
  max_rework: 2,
  phases: [
    {
      name: 'Draft',
      dispatch: 'manual',
      retry: { attempts: 2, backoff_seconds: 10 },
      gate: { name: 'Review', deadline_seconds: 3600, grace_seconds: 600 },
    },
    { name: 'Build', dispatch: 'manual', retry: { attempts: 1 } },
  ],
}

/** A definition like MANUAL with another gate. */
export function withGate(
  gate: Partial<NonNullable<DefinitionInput['phases'][number]['gate']>>,
  name = 'gated',
): DefinitionInput {
  const [draft, build] = MANUAL.phases
  if (draft?.gate === undefined || build === undefined) throw new Error('MANUAL has a gate')
  return { ...MANUAL, name, phases: [{ ...draft, gate: { ...draft.gate, ...gate } }, build] }
}

/** A run that has just been started, as a plain value. */
export function aRun(input: DefinitionInput = MANUAL, at = START): Run {
  const definition = readDefinition(input, 'of a test')
  const request = {
    feature_id: 'f',
    description: 'd',
    context: {},
    definition: definition.name,
    actor: 'olga',
    correlation_id: 'c',
  }
  return { definition, workflow: opened(request, { definition, brief: 'b', fingerprint: 'r', id: 'id', at }) }
}

/** The run after these events; each must move it. */
export function moved({ definition, workflow }: Run, events: readonly WorkflowEvent[], at = START): Run {
  let now = workflow
  for (const event of events) {
    const outcome = transition({ definition, workflow: now }, event, at)
    if (outcome.kind !== 'moved') throw new Error(`${event.kind} did not move: ${JSON.stringify(outcome)}`)
    now = outcome.workflow
  }
  return { definition, workflow: now }
}

export const complete = (actor = 'ada', result: string | null = 'r1'): WorkflowEvent => ({
  kind: 'phase_complete',
  actor,
  result,
})
export const failed = (text = 'broken'): WorkflowEvent => ({
  kind: 'phase_failed',
  actor: 'ada',
  reason: { kind: 'inline', text },
})

export interface ScriptedHub extends AgentHub {
  readonly invocations: (Invocation & { readonly key: string; readonly deadlineMs: number })[]
  readonly questions: (Question & { readonly key: string })[]
  readonly told: { readonly id: string; readonly action: string }[]
  /** What the next calls meet; the last one stays. */
  say(...replies: (Partial<Invoked> | Unusable | 'away' | Error)[]): void
  answer(reply: Partial<Asked> | Unusable | 'away'): void
  /** Runs while an invocation is under way. */
  meanwhile: ((signal: AbortSignal | undefined) => Promise<void>) | undefined
}

const away = () =>
  new AppError('upstream_unavailable', 'The agent hub does not answer.', { details: { service: 'agent_hub' } })

function aHub(): ScriptedHub {
  let replies: (Partial<Invoked> | Unusable | 'away' | Error)[] = [{}]
  let reply: Partial<Asked> | Unusable | 'away' = {}
  const hub: ScriptedHub = {
    invocations: [],
    questions: [],
    told: [],
    meanwhile: undefined,
    say(...next) {
      replies = next
    },
    answer(next) {
      reply = next
    },
    async invoke(invocation, { idempotencyKey, deadlineMs, signal }) {
      hub.invocations.push({ ...invocation, key: idempotencyKey, deadlineMs })
      await hub.meanwhile?.(signal)
      const next = (replies.length > 1 ? replies.shift() : replies[0]) ?? {}
      if (next === 'away') throw away()
      if (next instanceof Error) throw next
      if (next.kind === 'unusable') return next as Unusable
      const plain = {
        success: true,
        result: { output: 'done' },
        confidence: 95,
        metadata: {},
        error: null,
        escalation_id: null,
      }
      return { ...plain, ...next, kind: 'answer' }
    },
    async ask(question, { idempotencyKey }) {
      hub.questions.push({ ...question, key: idempotencyKey })
      if (reply === 'away') throw away()
      if (reply.kind === 'unusable') return reply as Unusable
      const plain = {
        answer: 'Use one table.',
        rationale: 'It is simple.',
        confidence: 90,
        uncertainty_reasons: [],
        status: 'resolved' as const,
        escalation_id: null,
      }
      return { ...plain, ...reply, kind: 'answer' }
    },
    async answerEscalation(id, { action }) {
      if (reply === 'away') throw away()
      hub.told.push({ id, action })
    },
    health: async () => ({ status: 'healthy', version: '1', connected_agents: [] }),
  }
  return hub
}

const never: Sleep = () => new Promise(() => undefined)

export interface WorldOptions {
  readonly definitions?: readonly DefinitionInput[]
  readonly on?: LocalTable
  /** Between two looks at whether a call is still waited for; it never looks unless a test says so. */
  readonly sleep?: Sleep
}

/** Everything wired on one table. `on` shares the table of another world: a second process. */
export async function aWorld({ definitions = [MANUAL], on, sleep = never }: WorldOptions = {}) {
  const local = on ?? (await aTable())
  const { table, client, name } = local
  const clock = aClock()
  const hub = aHub()
  const warnings: string[] = []
  const store = createWorkflowStore(table, ({ sk }) => warnings.push(sk))
  const dispatches = createDispatchStore(table)
  const counter = createWorkflowCounts(table)
  const locks = createLocks(table)
  const own = definitions.map((one) => readDefinition(one, 'of a test'))
  const workflows = createWorkflows({
    store,
    dispatches,
    consultations: createConsultationStore(table),
    definitions: createDefinitions(createDefinitionStore(table), own),
    hub,
    counts: counter.read,
    lock: {
      acquire: (until) => locks.acquire('workflows-check', systemIds.uuid(), clock.now(), until),
      release: (token) => locks.release('workflows-check', token),
    },
    clock,
    sleep,
    ids: systemIds,
    chance: () => 0.5,
    warn: (message) => void warnings.push(message),
  })
  const runs = createRuns({ ...workflows, store, nextNumber: createFeatureNumbers({ client, name }) })
  const on1 = (correlation_id = 'test') => ({ correlation_id })
  return {
    local,
    table,
    client,
    clock,
    hub,
    warnings,
    store,
    dispatches,
    counter,
    workflows,
    runs,
    start: (feature_id: string, over: Record<string, unknown> = {}) =>
      workflows.start({
        feature_id,
        description: 'Add a coupon field to the checkout.',
        context: { team: 'shop' },
        definition: 'manual',
        actor: 'olga',
        correlation_id: 'start',
        ...over,
      }),
    say: (
      feature_id: string,
      event: Parameters<typeof workflows.advance>[1]['event'],
      over: Record<string, unknown> = {},
    ) => workflows.advance(feature_id, { event, actor: 'ada', ...over }, on1()),
    async evidence(feature_id: string): Promise<string> {
      const { gate } = await workflows.view(feature_id)
      if (gate === undefined) throw new Error(`${feature_id} is at no gate`)
      return gate.evidence_hash
    },
    async found(feature_id: string): Promise<Workflow> {
      const workflow = await store.find(feature_id)
      if (workflow === undefined) throw new Error(`${feature_id} is not there`)
      return workflow
    },
    dispatchNow: (feature_id: string, phase = 0, attempt = 1) =>
      workflows.dispatch({ feature_id, phase, attempt }, { correlation_id: 'relay', leftMs: 300_000 }),
    check: () => workflows.check({ correlation_id: 'check', leftMs: 290_000 }),
  }
}

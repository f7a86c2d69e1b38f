/** The methods of the service: who may call each, what it takes, and the one call it makes. */
import type * as z from 'zod'
import type { Scope } from '#lib/auth/scopes'
import * as schemas from '#lib/councils/schemas'
import type { Asking, Councils, Update } from '#lib/councils/service'

/** What a method works with. */
export interface Desk {
  readonly councils: Councils
  readonly asking: Asking
  /** The answer to GetStatus. */
  status(includeStats: boolean): Promise<object>
}

export interface Method {
  readonly scope: Scope
  readonly input: z.ZodType
  /** `tell` sends a message of its own; only a streaming method does. */
  handle(request: unknown, desk: Desk, tell: (message: Update) => void): Promise<object | undefined>
}

type Handle<S extends z.ZodType> = (
  request: z.output<S>,
  desk: Desk,
  tell: (message: Update) => void,
) => Promise<object | undefined>

function method<S extends z.ZodType>(scope: Scope, input: S, handle: Handle<S>): Method {
  // The schema has proven the type.
  return { scope, input, handle: (request, desk, tell) => handle(request as z.output<S>, desk, tell) }
}

export const METHODS: Readonly<Record<string, Method>> = {
  Deliberate: method('operator', schemas.deliberateBody, (request, { councils, asking }) =>
    councils.deliberate(request, asking),
  ),
  Orchestrate: method('operator', schemas.orchestrateBody, (request, { councils, asking }) =>
    councils.orchestrate(request, asking),
  ),
  StreamDeliberation: method('operator', schemas.deliberateBody, async (request, { councils, asking }, tell) => {
    await councils.deliberateWatched(request, asking, tell)
    return undefined
  }),
  GetStatus: method('reader', schemas.getStatusMessage, ({ include_stats }, { status }) => status(include_stats)),
  GetDeliberationResult: method('reader', schemas.getResultMessage, async ({ task_id }, { councils }) => {
    const run = await councils.result(task_id)
    return { ...run, status: `DELIBERATION_STATUS_${run.status}` }
  }),
  CreateCouncil: method('operator', schemas.createCouncilBody, (request, { councils }) =>
    councils.createCouncil(request),
  ),
  ListCouncils: method('reader', schemas.listCouncilsMessage, async (query, { councils }) => ({
    councils: await councils.listCouncils(query),
  })),
  DeleteCouncil: method('operator', schemas.deleteCouncilMessage, ({ role }, { councils }) =>
    councils.deleteCouncil(role),
  ),
  RegisterAgent: method('operator', schemas.registerAgentMessage, (request, { councils }) =>
    councils.registerAgent(request),
  ),
  UnregisterAgent: method('operator', schemas.unregisterAgentMessage, ({ agent_id, role }, { councils }) =>
    councils.unregisterAgent(agent_id, role),
  ),
  GetMetrics: method('reader', schemas.getMetricsMessage, ({ metric_type, time_range_ms }, { councils }) =>
    councils.metrics(metric_type, time_range_ms),
  ),
}

/**
 * POST /councils/deliberate, POST /councils/orchestrate: store the run and wait for its end, but no longer than the
 * gateway does. The run itself is carried out by councilsRun.
 */
import { systemClock, systemSleep } from '#lib/clock'
import { answered, deliberated, orchestrated, protoJson, statusName } from '#lib/councils/answers'
import { deliberateBody, orchestrateBody } from '#lib/councils/schemas'
import type { StoredDeliberation } from '#lib/councils/service'
import { completed, untilOver } from '#lib/councils/waiting'
import { desk } from '#lib/councils/wiring'
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'

/** API Gateway waits 30 s, the function may run for 29 s, and a cold start is part of it. */
const WAIT_MS = 24_000
const RESPOND_ASYNC = /(?:^|,)\s*respond-async\s*(?:[;,]|$)/i

type Headers = Readonly<Record<string, string | undefined>> | undefined

async function outcomeOf(
  execution_id: string,
  headers: Headers,
  view: (run: StoredDeliberation) => unknown,
): Promise<unknown> {
  const isAsync = RESPOND_ASYNC.test(headers?.['prefer'] ?? '')
  const ports = { councils: desk, clock: systemClock, sleep: systemSleep }
  const run = isAsync ? undefined : await untilOver(execution_id, systemClock.now() + WAIT_MS, ports)
  if (run !== undefined) return protoJson(view(completed(run)))
  return answer(
    202,
    { execution_id, status: statusName('PENDING') },
    {
      location: `/deliberations/${execution_id}`,
      'retry-after': '1',
      ...(isAsync && { 'preference-applied': 'respond-async' }),
    },
  )
}

export const deliberate = api(
  { scope: 'operator', body: deliberateBody, idempotent: true },
  ({ body, event, correlationId: correlation_id }) =>
    answered(
      desk
        .submitDeliberation(body, { correlation_id })
        .then(({ execution_id }) => outcomeOf(execution_id, event.headers, deliberated)),
    ),
)

export const orchestrate = api(
  { scope: 'operator', body: orchestrateBody, idempotent: true },
  ({ body, event, correlationId: correlation_id }) =>
    answered(
      desk
        .submitOrchestration(body, { correlation_id })
        .then(({ execution_id }) => outcomeOf(execution_id, event.headers, orchestrated)),
    ),
)

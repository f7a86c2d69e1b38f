/** POST /workflows, GET /workflows/{id}, POST /workflows/{id}/advance: the newer contract over the same engine. */
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'
import { actorOf, checkMaySay, unnamed } from '#lib/workflows/actors'
import type { Asking, Reply } from '#lib/workflows/runs'
import { anyBody, anyRunPath } from '#lib/workflows/schemas'
import { runs } from '#lib/workflows/wiring'

const said = (reply: Reply) => answer(reply.status, reply.body, reply.headers)

function askingOf(caller: Parameters<typeof actorOf>[0], correlation_id: string): Asking {
  return {
    actorFor: (event) => actorOf(caller, undefined, unnamed(event)),
    check: (event) => checkMaySay(caller, event),
    correlation_id,
  }
}

export const start = api(
  { scope: 'operator', body: anyBody, idempotent: true },
  async ({ body, caller, correlationId }) => said(await runs.start(body, askingOf(caller, correlationId))),
)

export const get = api({ scope: 'reader', params: anyRunPath }, async ({ params, caller, correlationId }) =>
  said(await runs.get(params.id, askingOf(caller, correlationId))),
)

const advancing = { scope: ['operator', 'worker'], params: anyRunPath, body: anyBody, idempotent: true } as const

export const advance = api(advancing, async ({ params, body, caller, correlationId }) =>
  said(await runs.advance(params.id, body, askingOf(caller, correlationId))),
)

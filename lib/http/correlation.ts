/** The correlation id: one name for a request in its answer, its log lines and the events it caused. */
import type { Clock } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { type Middleware, withHeaders } from './exchange.ts'

const CORRELATION_HEADER = 'x-correlation-id'

/** What may be taken over from outside: short, and harmless in a header, a log line or a key. */
const SANE = /^[A-Za-z0-9._-]{1,64}$/

/** The id that came from outside if it is sane, else a fresh one. */
export function correlationIdOf(given: string | undefined, ids: Ids): string {
  return given !== undefined && SANE.test(given) ? given : ids.uuid()
}

/** Opens the exchange and sends its id back with every answer, errors included. The outermost middleware. */
export function correlation({ ids, clock }: { readonly ids: Ids; readonly clock: Clock }): Middleware {
  return {
    before: ({ event }) => {
      event.exchange = {
        correlationId: correlationIdOf(event.headers?.[CORRELATION_HEADER], ids),
        startedAt: clock.now(),
        caller: undefined,
        input: undefined,
        failure: undefined,
      }
    },
    after: sendBack,
    onError: sendBack,
  }
}

const sendBack: NonNullable<Middleware['after']> = (request) => {
  if (request.response) {
    request.response = withHeaders(request.response, { [CORRELATION_HEADER]: request.event.exchange.correlationId })
  }
}

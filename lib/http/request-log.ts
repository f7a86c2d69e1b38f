/** One log line per request: route, status, time taken and caller. Never a body, a query or a header. */
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { HttpAnswer, Middleware, TravellingEvent } from './exchange.ts'
import type { Log } from './log.ts'

export function requestLog({ log, clock }: { readonly log: Log; readonly clock: Clock }): Middleware {
  const write = (event: TravellingEvent, answer: HttpAnswer | null | undefined) => {
    const { correlationId, startedAt, caller, failure } = event.exchange
    const status = answer?.statusCode ?? 500
    const facts = {
      route: event.routeKey,
      status,
      ms: clock.now() - startedAt,
      caller: caller?.owner,
      correlation_id: correlationId,
      ...(failure !== undefined && blame(failure, status)),
    }
    if (status >= 500) log.error('request', facts)
    else log.info('request', facts)
  }
  return {
    after: ({ event, response }) => write(event, response),
    onError: ({ event, response }) => write(event, response),
  }
}

/** A refusal is told by its code; a failure of ours with its whole story. */
function blame(failure: unknown, status: number) {
  if (status < 500 && failure instanceof AppError) return { code: failure.code }
  return { error: failure }
}

/** The way to make a handler that a schedule calls: it logs one line, and a failure fails, so that alarms fire. */

import middy, { type MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import type { Clock, Instant } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { correlationIdOf } from './correlation.ts'
import { requireSeal, type SealedPorts } from './sealed.ts'

/** EventBridge's event as far as it matters; by hand anything may be sent. */
export interface ScheduleEvent {
  /** The same again when EventBridge delivers the event twice. */
  readonly id?: string
  readonly time?: string
}

export interface Run {
  readonly correlationId: string
  readonly event: ScheduleEvent
}

export interface ScheduledPorts extends SealedPorts {
  readonly clock: Clock
  readonly ids: Ids
}

export type ScheduledHandler = (event?: ScheduleEvent, context?: Context) => Promise<unknown>

type Travelling = ScheduleEvent & { run: { readonly correlationId: string; readonly startedAt: Instant } }

/**
 * `name` is what the log calls it; what `handle` returns is logged and returned as the run's report. A run whose report
 * `isIdle` is logged at DEBUG: schedules run every few seconds, and most runs find nothing to do.
 */
export function createScheduled(ports: ScheduledPorts) {
  return <R>(
    name: string,
    handle: (run: Run) => Promise<R>,
    isIdle: (report: R) => boolean = never,
  ): ScheduledHandler => {
    const handler = middy((event: Travelling) => handle({ correlationId: event.run.correlationId, event })).use(
      runLog(name, isIdle, ports),
    )
    return async (event, context) => {
      requireSeal(ports, event, context)
      return handler({ ...event } as Travelling, context ?? ({} as Context))
    }
  }
}

const never = () => false

function runLog<R>(
  name: string,
  isIdle: (report: R) => boolean,
  { clock, ids, log }: ScheduledPorts,
): MiddlewareObj<Travelling, R> {
  const facts = ({ run }: Travelling) => ({
    run: name,
    ms: clock.now() - run.startedAt,
    correlation_id: run.correlationId,
  })
  return {
    before: ({ event }) => {
      event.run = { correlationId: correlationIdOf(event.id, ids), startedAt: clock.now() }
    },
    after: ({ event, response }) => {
      const level = isIdle(response as R) ? 'debug' : 'info'
      log[level]('run', { ...facts(event), report: response })
    },
    // No response is set, so middy throws the error on.
    onError: ({ event, error }) => log.error('run', { ...facts(event), error }),
  }
}

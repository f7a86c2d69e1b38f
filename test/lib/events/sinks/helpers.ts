/** Events, sinks that can be told to fail, and parking on a real table. */
import { AppError } from '#lib/errors'
import type { Envelope, EventSink } from '#lib/events/envelope'
import { createParking } from '#lib/events/parked'
import { createParkingStore } from '#lib/store/parked'
import type { Table } from '#lib/store/table'
import { aClock } from '#test/helpers/clock'
import { aTable } from '#test/helpers/dynamodb'

/** The `seq`th event of an entity. */
export function anEvent(id: string, seq: number, more: Record<string, unknown> = {}): Envelope {
  return {
    event_id: `project:${id}:${seq}`,
    event_type: 'CRONJOB_CREATED',
    timestamp: '2026-01-05T08:00:00.000Z',
    correlation_id: 'c-1',
    entity: { kind: 'project', id },
    seq,
    ...more,
  }
}

/** The event of a decision of the projects job. */
export function aDecision(id: string, seq: number, more: Record<string, unknown> = {}): Envelope {
  return anEvent(id, seq, {
    event_type: 'ORCHESTRATION_DECISION',
    project_id: id,
    sprint_id: `${id}-S01`,
    decision_id: `d-${id}-${seq}`,
    decision_type: 'SELF_HEAL',
    reasoning: 'The CronJob was missing.',
    warnings: [],
    actions_taken: ['Created cronjob x'],
    cronjob_name: 'x',
    decision_source: 'rule_based_only',
    ...more,
  })
}

export interface TestSink extends EventSink {
  /** Ids of what arrived, in the order of arrival. */
  readonly got: string[]
  /** Ids of what was tried. */
  readonly tried: string[]
  /** Answers the error an event meets, undefined when it is welcome. */
  meets: (event: Envelope) => AppError | undefined
}

export const down = () => new AppError('upstream_unavailable', 'The sink is down.')
export const refusal = () => new AppError('invalid', 'The sink refuses this.')

export function aSink(name = 'redis'): TestSink {
  const sink: TestSink = {
    name,
    got: [],
    tried: [],
    meets: () => undefined,
    async deliver(event) {
      sink.tried.push(event.event_id)
      const error = sink.meets(event)
      if (error !== undefined) throw error
      sink.got.push(event.event_id)
    },
  }
  return sink
}

let uuids = 0

/** Parking for these sinks; chance always takes the whole pause. */
export async function aParking(sinks: readonly EventSink[], given?: Table) {
  const table = given ?? (await aTable()).table
  const clock = aClock()
  const ids = { uuid: () => `id-${++uuids}`, secret: () => '' }
  const store = createParkingStore(table, ids)
  const make = () => createParking({ sinks, store, clock, chance: () => 1 })
  const parking = make()
  return {
    parking,
    store,
    table,
    clock,
    /** The same parking in another process. */
    another: make,
    /** A run of a minute. */
    run: () => parking.redeliver(clock.now() + 60_000),
  }
}

/** The schedules, to the second: each calls its function, waits for it to end, and waits for the next time. */
import { type Clock, type Sleep, seconds, systemClock, systemSleep, toTimestamp } from '#lib/clock'
import { type Ids, systemIds } from '#lib/ids'
import { createGate } from './gate.ts'
import type { Lambda } from './lambda.ts'
import type { Part, Tell } from './part.ts'

export interface Schedule {
  /** The function's name in serverless.yml. */
  readonly name: string
  readonly everySeconds: number
}

export interface SchedulesPorts {
  readonly lambda: Lambda
  readonly tell: Tell
  readonly clock?: Clock
  readonly ids?: Ids
  readonly sleep?: Sleep
}

/** Calls each function at once and then every so often; a run that takes longer than its interval delays the next. */
export function startSchedules(schedules: readonly Schedule[], ports: SchedulesPorts): Part {
  const gate = createGate(ports.sleep ?? systemSleep)
  const runs = schedules.map((schedule) => drive(schedule, gate, ports))
  return {
    name: 'schedules',
    async stop() {
      gate.close()
      await Promise.all(runs)
    },
  }
}

async function drive(schedule: Schedule, gate: ReturnType<typeof createGate>, ports: SchedulesPorts): Promise<void> {
  const { lambda, tell, clock = systemClock, ids = systemIds } = ports
  const interval = seconds(schedule.everySeconds)
  let failing = false
  while (gate.isOpen()) {
    const due = clock.now() + interval
    try {
      await gate.unlessClosed(lambda.invoke(schedule.name, eventOf(clock, ids)))
      failing = false
    } catch (error) {
      // Said once: a function that is out of order would fill the screen.
      if (!failing && gate.isOpen()) tell(`! ${schedule.name}: ${error instanceof Error ? error.message : error}`)
      failing = true
    }
    await gate.pause(Math.max(0, due - clock.now()))
  }
}

/** The event of an EventBridge schedule. */
function eventOf(clock: Clock, ids: Ids) {
  return {
    version: '0',
    id: ids.uuid(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: toTimestamp(clock.now()),
    region: 'eu-central-1',
    resources: [],
    detail: {},
  }
}

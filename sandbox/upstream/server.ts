/** A stand-in for the project, backlog, sprint and Chronicle services: one server, all kept in one folder. */
import { type Clock, systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createFaults, type Fault } from '../http/faults.ts'
import { type Entrance, listen } from '../http/listen.ts'
import { createApp } from './app.ts'
import { createSeeder, type Seeder } from './seed/seeder.ts'
import { TABLES, type Tables } from './state/model.ts'
import { openRows } from './state/rows.ts'
import { createStore, type Store } from './state/store.ts'
import { createTally, SERVICES, type ServiceName, type Stats } from './world.ts'

export interface StandInOptions extends Entrance {
  /** Everything is kept here; starting on the same folder goes on where it ended, however it ended. */
  readonly dataDir: string
  readonly clock?: Clock
}

export interface StandInUpstream {
  readonly url: string
  /** Base addresses, one per service. */
  readonly urls: Readonly<Record<ServiceName, string>>
  readonly seed: Seeder
  /** What the services hold, to look at. */
  readonly store: Store
  stats(): Stats
  /** Makes the next matching calls of a service go wrong. */
  fail(service: ServiceName, fault: Fault): void
  /** Forgets faults not yet used up, of one service or of all. */
  heal(service?: ServiceName): void
  /** May be called twice. */
  close(): Promise<void>
}

export async function startUpstream(options: StandInOptions): Promise<StandInUpstream> {
  const { host, port, doors, controlToken, dataDir, clock = systemClock } = options
  const rows = openRows<Tables>(dataDir, TABLES)
  const store = createStore(rows, { clock, ids: systemIds })
  const faults = perService(createFaults)
  const seeder = createSeeder(store)
  const tally = createTally()
  const app = createApp({ store, seeder, faults, tally }, controlToken)
  const listening = await listen(app, { name: 'upstream', host, port, doors }).catch((error: unknown) => {
    rows.close()
    throw error
  })
  let closing: Promise<void> | undefined

  return {
    url: listening.url,
    urls: perService((service) => `${listening.url}/${service}`),
    seed: seeder,
    store,
    stats: tally.stats,
    fail: (service, fault) => faults[service].add(fault),
    heal(service) {
      for (const one of service === undefined ? SERVICES : [service]) faults[one].clear()
    },
    close() {
      closing ??= listening.close().then(rows.close)
      return closing
    },
  }
}

function perService<T>(make: (service: ServiceName) => T): Readonly<Record<ServiceName, T>> {
  return { project: make('project'), backlog: make('backlog'), sprint: make('sprint'), chronicle: make('chronicle') }
}

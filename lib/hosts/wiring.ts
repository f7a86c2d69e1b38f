/** The check of the workers' hosts with its real parts. */
import { seconds, systemClock } from '#lib/clock'
import { readConfig } from '#lib/config'
import { createCheck } from '#lib/queue/check'
import { store } from '#lib/queue/wiring'
import { createWorkerLogs } from '#lib/queue/worker-logs'
import { createHostKeys } from '#lib/store/host-keys'
import { theTable } from '#lib/store/wiring'
import { hostSettings, hostsConfig } from './config.ts'
import { createProbe } from './probe.ts'
import { createTrust } from './trust.ts'

const values = readConfig(hostSettings)
const { hosts, user, unit, privateKey, known, onFirstUse } = hostsConfig(values)

/** For one host. A hundred hosts that hang, fifty at a time, are through within the check's deadline. */
const HOST_MS = seconds(8)
/** For all hosts: a request is answered within 29 seconds. */
const CHECK_MS = seconds(20)

const trust = createTrust(createHostKeys(theTable()), { known, onFirstUse })
const probe = createProbe(trust, { user, unit, privateKey, hostMs: HOST_MS })
const look = createCheck({
  ...{ store, clock: systemClock, probe, hosts },
  intervalMs: seconds(values.WORKER_HEALTH_CHECK_INTERVAL),
})
const read = createWorkerLogs({ store, probe, hosts })

export const checkWorkers = (correlation_id: string) => look({ correlation_id, signal: AbortSignal.timeout(CHECK_MS) })

export const workerLogs = (id: string, lines: number) => read(id, lines, AbortSignal.timeout(CHECK_MS))

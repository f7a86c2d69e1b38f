/** The log of a worker, read from its host. */
import { AppError } from '#lib/errors'
import type { Host, HostProbe } from './hosts.ts'
import { hostOf } from './placing.ts'
import type { QueueStore } from './ports.ts'

export interface LogPorts {
  readonly store: QueueStore
  readonly probe: HostProbe
  readonly hosts: readonly Host[]
}

/** Throws `not_found` when no host is configured for the worker, `upstream_unavailable` when its host does not answer. */
export function createWorkerLogs({ store, probe, hosts }: LogPorts) {
  return async function logs(id: string, count: number, signal: AbortSignal) {
    const host = hostOf(id, await store.worker(id), hosts)
    if (host === undefined) {
      throw new AppError('not_found', `No host is known for worker ${id}. WORKER_IPS takes ${id}=<host> to name it.`)
    }
    return { id, unit: probe.unit, lines: await probe.logs(host, count, signal) }
  }
}

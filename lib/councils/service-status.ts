/** How the service is doing, for whoever asks. */
import type { Clock, Instant } from '#lib/clock'
import type { Councils, Stats } from './service.ts'

export interface ServiceStatus {
  readonly status: 'healthy' | 'unhealthy'
  readonly uptime_seconds: number
  readonly stats?: Stats
}

export interface StatusPorts {
  readonly councils: Pick<Councils, 'stats'>
  readonly clock: Clock
  readonly startedAt: Instant
  readonly onFailure: (error: unknown) => void
}

/** Reads nothing unless statistics are asked for; unhealthy when they cannot be read. */
export async function serviceStatus(includeStats: boolean, ports: StatusPorts): Promise<ServiceStatus> {
  const { councils, clock, startedAt, onFailure } = ports
  const uptime_seconds = Math.max(0, Math.floor((clock.now() - startedAt) / 1000))
  if (!includeStats) return { status: 'healthy', uptime_seconds }
  try {
    return { status: 'healthy', uptime_seconds, stats: await councils.stats() }
  } catch (error) {
    onFailure(error)
    return { status: 'unhealthy', uptime_seconds }
  }
}

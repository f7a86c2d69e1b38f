/** The gRPC server: the service, reflection, health, and an end that lets running calls finish. */
import { Server, type ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { ReflectionService } from '@grpc/reflection'
import { HealthImplementation } from 'grpc-health-check'
import type { Sleep } from '#lib/clock'
import { serviceStatus } from '#lib/councils/service-status'
import { AppError } from '#lib/errors'
import { type CallPorts, createRunning, streaming, unary } from './call.ts'
import { METHODS } from './methods.ts'
import { orchestratorService, reflected, SERVICE } from './proto.ts'
import { recentStats } from './recent.ts'

export interface ServerPorts extends Omit<CallPorts, 'running' | 'status'> {
  readonly sleep: Sleep
}

export interface CouncilServer {
  /** Listens; resolves with the port. Throws AppError `unavailable` when it cannot. */
  listen(host: string, port: number, credentials: ServerCredentials): Promise<number>
  /** Takes no more calls, and ends when those under way are over, or after `graceMs`: then they are cut off. */
  drain(graceMs: number): Promise<'finished' | 'cut_off'>
}

const KB = 1024
const LIMITS = {
  /** Texts of 100 KB each are refused by name; what is far beyond is not even read. */
  'grpc.max_receive_message_length': 1024 * KB,
  /** Sixteen agents with all their revisions. */
  'grpc.max_send_message_length': 32 * 1024 * KB,
  'grpc.max_concurrent_streams': 256,
  // Notices callers that vanished without a word.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
}
/** Streams that never end, such as a watched health, are given this long to take note of the end. */
const FAREWELL_MS = 250

export function createCouncilServer(ports: ServerPorts): CouncilServer {
  const { clock, log, councils, sleep } = ports
  const startedAt = clock.now()
  const running = createRunning()
  const onFailure = (error: unknown) => log.error('the statistics cannot be read', { error })
  const recent = recentStats(councils, clock)
  const status = (stats: boolean) => serviceStatus(stats, { councils: recent, clock, startedAt, onFailure })
  const server = new Server(LIMITS)
  const health = new HealthImplementation({ '': 'NOT_SERVING', [SERVICE]: 'NOT_SERVING' })
  server.addService(orchestratorService, implementation({ ...ports, running, status }))
  health.addToServer(server)
  new ReflectionService(reflected).addToServer(server)

  const setHealth = (to: 'SERVING' | 'NOT_SERVING') => {
    for (const service of ['', SERVICE]) health.setStatus(service, to)
  }

  return {
    async listen(host, port, credentials) {
      const bound = await bind(server, host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, credentials)
      setHealth('SERVING')
      return bound
    },
    async drain(graceMs) {
      setHealth('NOT_SERVING')
      const closed = Promise.withResolvers<void>()
      server.tryShutdown(() => closed.resolve())
      const over = running.idle().then(() => Promise.race([closed.promise, sleep(FAREWELL_MS)]))
      const how = await Promise.race([
        over.then(() => 'finished' as const),
        sleep(graceMs).then(() => 'cut_off' as const),
      ])
      running.abandon()
      server.forceShutdown()
      return how
    },
  }
}

function implementation(ports: CallPorts): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => {
      const isStream = orchestratorService[name]?.responseStream ?? false
      return [name, isStream ? streaming(name, method, ports) : unary(name, method, ports)]
    }),
  )
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (cause, port) => {
      if (cause === null) resolve(port)
      else reject(new AppError('unavailable', `Cannot listen on ${address}: ${cause.message}`, { cause }))
    })
  })
}

/** The councils' gRPC server as a child of the stack. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Sleep, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Child, type Ground, lastWords, startChild } from './child.ts'
import type { Part } from './part.ts'

const PROGRAM = fileURLToPath(new URL('../../grpc/main.ts', import.meta.url))
/** Below the grace that a child of the stack is given. */
const DRAIN_SECONDS = 3
const POLL_MS = 30
/** A machine under load takes many times the usual second. */
const PATIENCE_MS = 60_000

export interface CouncilsPart extends Part {
  /** `host:port`, as grpcurl takes it. */
  readonly address: string
}

export interface CouncilsOptions {
  readonly host: string
  readonly port: number
  /** Where the table is, and who may answer. */
  readonly env: Readonly<Record<string, string>>
}

export async function startCouncils({ host, port, env }: CouncilsOptions, ground: Ground): Promise<CouncilsPart> {
  const own = {
    GRPC_HOST: host,
    GRPC_PORT: String(port),
    GRPC_DRAIN_SECONDS: String(DRAIN_SECONDS),
    // Types are stripped and modules are compiled once and not at each start. The folder belongs to the stack alone.
    NODE_COMPILE_CACHE: join(ground.dataDir, 'compile-cache'),
  }
  const child = startChild({ name: 'grpc', args: [PROGRAM], env: { ...env, ...own } }, ground)
  const reachable = reachableBy(host)
  try {
    await untilListens(reachable, port, child)
  } catch (error) {
    await child.stop()
    throw error
  }
  const address = reachable.includes(':') ? `[${reachable}]:${port}` : `${reachable}:${port}`
  return { name: `grpc  ${address}`, address, stop: child.stop }
}

/** The address under which this machine reaches what listens on `host`. */
function reachableBy(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** The server listens once it can answer. */
async function untilListens(host: string, port: number, child: Child, sleep: Sleep = systemSleep): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS)
  while (!patience.aborted) {
    const death = child.death()
    if (death !== undefined) throw death
    if (await listens(host, port)) return
    await sleep(POLL_MS)
  }
  throw new AppError('unavailable', `grpc does not listen on ${host}:${port}.${lastWords(child.log)}`)
}

async function listens(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** The councils' gRPC server as a child of the stack. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ground, startChild } from './child.ts'
import type { Part } from './part.ts'
import { untilListens } from './waiting.ts'

const GUARD = fileURLToPath(new URL('../http/guard-process.ts', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../../grpc/main.ts', import.meta.url))
/** Below the grace that a child of the stack is given. */
const DRAIN_SECONDS = 3

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
  const child = startChild({ name: 'grpc', args: ['--import', GUARD, PROGRAM], env: { ...env, ...own } }, ground)
  const reachable = reachableBy(host)
  try {
    // It listens once it can answer.
    await untilListens({ host: reachable, port, child, tell: ground.tell })
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

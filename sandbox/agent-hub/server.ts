/** A stand-in for the agent hub: experts that answer the way real ones would, and fail when they are told to. */
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { type Clock, type Sleep, systemClock, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { systemIds } from '#lib/ids'
import { createApp } from './app.ts'
import { openMemory } from './memory.ts'
import { createModes, type Mode } from './modes.ts'

export interface AgentHubOptions {
  /** Loopback unless told otherwise. */
  readonly host?: string
  /** 0 takes any free port. */
  readonly port: number
  /** Answers and escalations are kept here. */
  readonly dataDir: string
  /** Milliseconds an expert thinks at least; 40 when not said. */
  readonly thinkMs?: number
  readonly clock?: Clock
  readonly sleep?: Sleep
}

export interface StandInAgentHub {
  readonly url: string
  /** Makes it misbehave until told otherwise; `{}` heals it. */
  mode(mode: Mode): void
  stats(): { readonly calls: number; readonly worked: number; readonly escalations: number }
  /** May be called twice. */
  close(): Promise<void>
}

const THINK_MS = 40

export async function startAgentHub(options: AgentHubOptions): Promise<StandInAgentHub> {
  const { host = '127.0.0.1', port, dataDir, clock = systemClock, sleep = systemSleep, thinkMs = THINK_MS } = options
  const memory = openMemory(dataDir)
  const modes = createModes()
  const calls = { total: 0 }
  const app = createApp({ memory, modes, clock, sleep, ids: systemIds, thinkMs, calls })
  app.onError((error, c) => {
    process.stderr.write(`agent-hub stand-in: ${error.stack ?? error.message}\n`)
    return c.json({ error: { code: 'INTERNAL_ERROR', message: 'Something went wrong.' } }, 500)
  })
  const server = await listen(app, host, port)
  let closing: Promise<void> | undefined
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`,
    mode: modes.set,
    stats: () => ({ calls: calls.total, worked: memory.worked(), escalations: memory.escalations().length }),
    close() {
      closing ??= end(server)
      return closing
    },
  }
}

function listen(app: ReturnType<typeof createApp>, hostname: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname, port, overrideGlobalObjects: false }, () =>
      resolve(server),
    ) as Server
    server.once('error', (cause) => {
      reject(new AppError('unavailable', `The agent-hub stand-in cannot listen on ${hostname}:${port}.`, { cause }))
    })
  })
}

function end(server: Server): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  return ended
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

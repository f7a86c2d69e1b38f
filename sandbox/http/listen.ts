/** How a stand-in listens and ends: guarded, on loopback unless asked otherwise, without waiting for idle connections. */
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { AppError } from '#lib/errors'
import { type DoorList, doorOf, LOOPBACK_ONLY } from './doors.ts'
import { type Door, isLoopbackName } from './guard.ts'
import { guardServer } from './guard-server.ts'

export interface Listening {
  readonly url: string
  /** May be called twice. */
  close(): Promise<void>
}

/** What every stand-in can be asked about its port. */
export interface Entrance {
  /** Loopback unless given. */
  readonly host?: string | undefined
  /** 0 takes any free port. */
  readonly port: number
  /** Further names and origins that may come in. */
  readonly doors?: DoorList | undefined
  /** What its control routes demand; they are closed without one. */
  readonly controlToken?: string | undefined
}

export interface Place extends Omit<Entrance, 'controlToken'> {
  /** Named by errors. */
  readonly name: string
}

/** Throws `unavailable` when the port is taken. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps in its context is its own affair
export async function listen(app: Hono<any>, { name, host = LOOPBACK, port, doors }: Place): Promise<Listening> {
  const server = await started(app.fetch, { name, host, port, door: doorOn(host, doors) })
  let closing: Promise<void> | undefined
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`,
    close() {
      closing ??= end(server)
      return closing
    },
  }
}

const LOOPBACK = '127.0.0.1'

/** What a server that listens on `host` lets in. */
export function doorOn(host: string, doors: DoorList = LOOPBACK_ONLY): Door {
  return doorOf(doors, !isLoopbackName(host))
}

type Handler = Parameters<typeof serve>[0]['fetch']

interface Start {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly door: Door
}

function started(fetch: Handler, { name, host, port, door }: Start): Promise<Server> {
  return new Promise((resolve, reject) => {
    const options = { fetch, hostname: host, port, overrideGlobalObjects: false }
    const server = serve(options, () => resolve(server)) as Server
    guardServer(server, { door: () => door })
    server.once('error', (cause) => {
      reject(new AppError('unavailable', `The ${name} stand-in cannot listen on ${host}:${port}.`, { cause }))
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

/** How a stand-in listens and ends: on loopback unless told otherwise, and without waiting for idle connections. */
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { AppError } from '#lib/errors'

export interface Listening {
  readonly url: string
  /** May be called twice. */
  close(): Promise<void>
}

export interface Place {
  /** Whom an error names. */
  readonly name: string
  /** Loopback unless told otherwise. */
  readonly host?: string | undefined
  /** 0 takes any free port. */
  readonly port: number
}

/** Throws `unavailable` when the port is taken. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the app keeps in its context is its own affair
export async function listen(app: Hono<any>, { name, host = '127.0.0.1', port }: Place): Promise<Listening> {
  const server = await started(app.fetch, { name, host, port })
  let closing: Promise<void> | undefined
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`,
    close() {
      closing ??= end(server)
      return closing
    },
  }
}

type Handler = Parameters<typeof serve>[0]['fetch']

function started(fetch: Handler, place: { name: string; host: string; port: number }): Promise<Server> {
  const { name, host, port } = place
  return new Promise((resolve, reject) => {
    const options = { fetch, hostname: host, port, overrideGlobalObjects: false }
    const server = serve(options, () => resolve(server)) as Server
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

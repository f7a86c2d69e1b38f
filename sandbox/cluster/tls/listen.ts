/** One port for TLS and plain HTTP alike: kubectl shows its token over TLS only, while tests may ask in plain text. */
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { AppError } from '#lib/errors'
import type { DoorList } from '../../http/doors.ts'
import { guardServer } from '../../http/guard-server.ts'
import { doorOn } from '../../http/listen.ts'
import type { Env } from '../world.ts'
import type { Identity } from './certificate.ts'

export interface Listening {
  readonly port: number
  close(): Promise<void>
}

/** A TLS connection begins with this byte, no HTTP request does. */
const HANDSHAKE = 0x16

export interface Place {
  readonly host: string
  readonly port: number
  readonly doors: DoorList | undefined
}

export function listen(app: Hono<Env>, identity: Identity, { host, port, doors }: Place): Promise<Listening> {
  const door = doorOn(host, doors)
  const guarding = { door: () => door }
  const answer = getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], {
    overrideGlobalObjects: false,
  })
  const plain = guardServer(createHttpServer(answer), guarding)
  const secure = guardServer(createHttpsServer({ cert: identity.certificate, key: identity.key }, answer), guarding)
  const sockets = new Set<Socket>()
  const entrance = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.once('data', (first) => {
      socket.pause()
      socket.unshift(first)
      // A TLS socket reads what was put back by itself; plain HTTP waits for it to flow.
      if (Buffer.from(first)[0] === HANDSHAKE) secure.emit('connection', socket)
      else {
        plain.emit('connection', socket)
        socket.resume()
      }
    })
  })
  return new Promise((resolve, reject) => {
    entrance.once('error', (cause) => {
      reject(new AppError('unavailable', `The cluster stand-in cannot listen on ${host}:${port}.`, { cause }))
    })
    entrance.listen(port, host, () => {
      const address = entrance.address()
      const taken = typeof address === 'object' && address !== null ? address.port : port
      const close = () =>
        new Promise<void>((closed) => {
          entrance.close(() => closed())
          for (const socket of sockets) socket.destroy()
        })
      resolve({ port: taken, close })
    })
  })
}

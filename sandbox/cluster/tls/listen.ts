/** One port for TLS and plain HTTP alike: kubectl shows its token over TLS only, while tests may ask in plain text. */
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { AppError } from '#lib/errors'
import type { Env } from '../world.ts'
import type { Identity } from './certificate.ts'

export interface Listening {
  readonly port: number
  close(): Promise<void>
}

/** A TLS connection begins with this byte, no HTTP request does. */
const HANDSHAKE = 0x16

export function listen(app: Hono<Env>, identity: Identity, host: string, port: number): Promise<Listening> {
  const answer = getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], {
    overrideGlobalObjects: false,
  })
  const plain = createHttpServer(answer)
  const secure = createHttpsServer({ cert: identity.certificate, key: identity.key }, answer)
  const sockets = new Set<Socket>()
  const door = createServer((socket) => {
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
    door.once('error', (cause) => {
      reject(new AppError('unavailable', `The cluster stand-in cannot listen on ${host}:${port}.`, { cause }))
    })
    door.listen(port, host, () => {
      const address = door.address()
      const taken = typeof address === 'object' && address !== null ? address.port : port
      const close = () =>
        new Promise<void>((closed) => {
          door.close(() => closed())
          for (const socket of sockets) socket.destroy()
        })
      resolve({ port: taken, close })
    })
  })
}

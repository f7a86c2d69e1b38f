/**
 * The door for other machines. The functions listen on loopback always, because the port beside theirs takes calls that
 * nobody checks; when ORCHESTRATOR_HOST is not loopback, this passes connections on to the checked port alone.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { Part } from './part.ts'
import { urlOf } from './settings.ts'

export interface FrontOptions {
  readonly host: string
  readonly port: number
  /** Loopback port behind the door. */
  readonly behind: number
}

export async function startFront({ host, port, behind }: FrontOptions): Promise<Part> {
  const open = new Set<Socket>()
  const server = createServer((outside) => {
    const inside = connect(behind, '127.0.0.1')
    for (const socket of [outside, inside]) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    }
    // Either end may break off at any time; pipeline closes the other, and there is nothing more to do.
    pipeline(outside, inside, ignore)
    pipeline(inside, outside, ignore)
  })
  server.listen({ host, port, exclusive: true })
  await once(server, 'listening')
  return {
    name: `front on ${host}`,
    url: urlOf(host, port),
    async stop() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

const ignore = () => undefined

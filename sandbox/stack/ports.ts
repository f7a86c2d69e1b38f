/** Ports of this machine: which is free, and a clear word when one is not. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { AppError } from '#lib/errors'
import { type Chance, systemChance } from '#lib/ids'

const LOOPBACK = '127.0.0.1'
/**
 * Any free port is chosen from these: below the ones that systems give to outgoing connections, of which each could take the
 * port between its choice and its use.
 */
const CHOSEN = { from: 20_000, to: 32_000 } as const
const MAX_TRIES = 20

/** Throws AppError `conflict` that names the port and the variable that changes it. 0 becomes a free port. */
export async function requirePort(host: string, port: number, variable: string): Promise<number> {
  const found = port === 0 ? await anyPort(host) : await tryPort(host, port)
  if (typeof found === 'number') return found
  if (found.code === 'EADDRINUSE') {
    throw new AppError('conflict', `Port ${port} on ${host} is taken. Stop what listens there, or set ${variable}.`)
  }
  throw new AppError('unavailable', `Cannot listen on ${host}:${port}: ${found.message}`, { cause: found })
}

/** A free loopback port; `preferred` when it is free, so that addresses handed out earlier stay right. */
export async function freePort(preferred = 0): Promise<number> {
  const found = preferred === 0 ? await anyPort(LOOPBACK) : await tryPort(LOOPBACK, preferred)
  return typeof found === 'number' ? found : requirePort(LOOPBACK, 0, 'another port')
}

/** The port of an address, for `freePort`; 0 when there is none. */
export function portOf(url: string | undefined): number {
  return Number(URL.parse(url ?? '')?.port ?? 0)
}

/** A free port of `host`; the error of the last try when nothing can listen there. */
export async function anyPort(host: string, chance: Chance = systemChance): Promise<number | NodeJS.ErrnoException> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await tryPort(host, CHOSEN.from + Math.floor(chance() * (CHOSEN.to - CHOSEN.from)))
    if (typeof found === 'number') return found
  }
  return tryPort(host, 0)
}

async function tryPort(host: string, port: number): Promise<number | NodeJS.ErrnoException> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    const address = server.address()
    server.close()
    await once(server, 'close')
    return typeof address === 'object' && address !== null ? address.port : port
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}

/** A real redis-server on a port of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { leashed } from '#sandbox/lifeline/leashed'

const SERVER = '/usr/bin/redis-server'

/** Debian's package `redis-server` brings it; without it the suites that need it are skipped. */
export const hasRedis = existsSync(SERVER)

export async function aPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function aRedis(port: number): Promise<ChildProcess> {
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--stream-node-max-entries',
    '10',
  ]
  const leash = leashed(SERVER, args)
  const child = spawn(leash.program, leash.args, { stdio: ['pipe', 'pipe', 'ignore'] })
  for await (const chunk of child.stdout.setEncoding('utf8')) if (/Ready to accept connections/.test(chunk)) break
  child.stdout?.resume()
  return child
}

export async function endRedis(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

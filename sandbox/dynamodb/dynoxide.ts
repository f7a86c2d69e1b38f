/** The embedded DynamoDB: finds the binary for this platform, starts it, and waits until it answers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { leashed } from '../lifeline/leashed.ts'

export interface Engine {
  readonly endpoint: string
  readonly host: string
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** It takes 50 ms as a rule; one that ended is noticed at once, so only a machine that is very busy is waited for. */
const START_TIMEOUT_MS = 60_000
const POLL_MS = 20

export interface EngineOptions {
  /** An address of loopback; 127.0.0.1 unless given. */
  readonly host?: string
  /** 0 takes any free one. */
  readonly port: number
  /** In memory unless given. */
  readonly file?: string
}

/** Starts dynoxide. */
export async function startDynoxide(options: EngineOptions): Promise<Engine> {
  const { host = '127.0.0.1' } = options
  const port = options.port === 0 ? await freePort(host) : options.port
  const endpoint = `http://${host}:${port}`
  const args = ['--host', host, '--port', String(port), ...(options.file ? ['--db-path', options.file] : [])]
  const command = leashed(binary(), args)
  const child = spawn(command.program, command.args, { stdio: ['pipe', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000)
  })
  await answering(child, endpoint, () => complaint)
  return { endpoint, host, port, pid: child.pid ?? 0, stop: () => stop(child) }
}

/** The path of the engine's binary; an error that says what to do where there is none. */
function binary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`
  try {
    const file = process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide'
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file)
  } catch {
    throw new Error(
      `No embedded DynamoDB for this platform: install it with "npm install --no-save ${name}", or set DYNAMODB_ENDPOINT to a DynamoDB Local of your own.`,
    )
  }
}

async function answering(child: ChildProcess, endpoint: string, complaint: () => string): Promise<void> {
  for (let waited = 0; waited < START_TIMEOUT_MS; waited += POLL_MS) {
    if (child.exitCode !== null) throw new Error(`The embedded DynamoDB stopped at once: ${complaint()}`)
    const up = await fetch(endpoint).then(
      () => true,
      () => false,
    )
    if (up) return
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  child.kill('SIGKILL')
  throw new Error(`The embedded DynamoDB did not answer within ${START_TIMEOUT_MS} ms. ${complaint()}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port on loopback.')
  return address.port
}

/**
 * The embedded engine's door: passes on what its guard lets in and what names the access key of this start. The engine
 * itself takes any key, checks no signature, and answers every page of every origin.
 */
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { isSame } from '../http/control.ts'
import { type DoorList, doorOf } from '../http/doors.ts'
import { guardServer } from '../http/guard-server.ts'

export interface ProxyOptions {
  readonly port: number
  /** Where the engine is. */
  readonly engine: { readonly host: string; readonly port: number }
  /** What clients sign as. */
  readonly accessKeyId: string
  readonly doors: DoorList
}

export interface Proxy {
  readonly endpoint: string
  close(): Promise<void>
}

export async function startProxy({ port, engine, accessKeyId, doors }: ProxyOptions): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const door = doorOf(doors)
  const server = createServer({ noDelay: true }, (incoming, outgoing) => {
    if (isSignedAs(accessKeyId, incoming.headers.authorization)) forward({ incoming, outgoing }, { ...engine, agent })
    else refuse(incoming, outgoing)
  })
  // Clients keep connections for as long as they live.
  server.keepAliveTimeout = 0
  guardServer(server, { door: () => door })
  server.listen({ host: '127.0.0.1', port, exclusive: true })
  await once(server, 'listening')
  return { endpoint: `http://127.0.0.1:${portOf(server)}`, close: () => end(server, agent) }
}

const CREDENTIAL = 'Credential='

/** Reads `Credential=<access key id>/<date>/…` of Signature Version 4. The signature itself proves nothing here. */
export function isSignedAs(accessKeyId: string, authorization = ''): boolean {
  const start = authorization.indexOf(CREDENTIAL) + CREDENTIAL.length
  const end = authorization.indexOf('/', start)
  return start >= CREDENTIAL.length && end > start && isSame(authorization.slice(start, end), accessKeyId)
}

interface Call {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

interface Target {
  readonly host: string
  readonly port: number
  readonly agent: Agent
}

function forward({ incoming, outgoing }: Call, { host, port, agent }: Target): void {
  const { method, url: path, headers } = incoming
  const passed = request({ host, port, agent, method, path, headers }, (answer) => {
    for (const name of Object.keys(answer.headers)) if (isCors(name)) delete answer.headers[name]
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
    answer.once('error', () => outgoing.destroy())
  })
  // The engine is gone, or has hung up: so does its door, and the client tries again.
  passed.once('error', () => outgoing.destroy())
  incoming.once('error', () => passed.destroy())
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) passed.destroy()
  })
  incoming.pipe(passed)
}

const isCors = (header: string): boolean => header.startsWith('access-control-') || header === 'vary'

const REFUSAL = JSON.stringify({
  __type: 'com.amazon.coral.service#UnrecognizedClientException',
  message:
    'The security token included in the request is invalid. Sign with dynamodb.access_key_id of dev.json, which is new at every start.',
})

/** In DynamoDB's own words. */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume()
  outgoing.writeHead(400, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': String(Buffer.byteLength(REFUSAL)),
  })
  outgoing.end(REFUSAL)
}

async function end(server: Server, agent: Agent): Promise<void> {
  server.close()
  server.closeAllConnections()
  agent.destroy()
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

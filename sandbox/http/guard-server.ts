/** Puts the guard in front of a server of Node, whatever listens to its requests. */
import {
  type Server as HttpServer,
  type IncomingMessage,
  maxHeaderSize,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Door, judge, judgeBody, type Refusal, type RequestHead } from './guard.ts'

export interface Guarding {
  /** Asked at each request, so that it may depend on the port that the server came to listen on. */
  readonly door: () => Door
  /** Also refuse bodies that are announced to be larger than this. */
  readonly maxBodyBytes?: number
  /** Asked after the door, as late as it is. */
  readonly alsoRefuses?: (head: RequestHead) => Refusal | undefined
  /** Takes the `Origin` header from a framework that answers it with CORS headers, and those headers from its answers. */
  readonly withoutCors?: boolean
}

type Emit = (event: string, ...args: unknown[]) => boolean

/** Events of a server that begin a request. The rest, connections among it, is not for this guard. */
const REQUESTS = new Set(['request', 'checkContinue', 'checkExpectation'])
const TUNNELS = new Set(['upgrade', 'connect'])
const UNREADABLE = 'clientError'

/** Refuses what `judge` refuses before any listener sees it. Returns the server. */
export function guardServer<S extends HttpServer | HttpsServer>(server: S, guarding: Guarding): S {
  const emit: Emit = server.emit.bind(server)
  server.emit = (event: string, ...args: unknown[]) => isSettled(event, args, guarding) || emit(event, ...args)
  return server
}

/** True when the guard has answered itself, so that no listener is to see the event. */
function isSettled(event: string, args: readonly unknown[], guarding: Guarding): boolean {
  if (event === UNREADABLE) return answerUnreadable(...(args as [NodeJS.ErrnoException, Socket]))
  if (TUNNELS.has(event)) {
    const [request, socket] = args as [IncomingMessage, Duplex]
    const isRefused = refusalOf(request, guarding) !== undefined
    if (isRefused) socket.destroy()
    return isRefused
  }
  if (!REQUESTS.has(event)) return false
  const [request, response] = args as [IncomingMessage, ServerResponse]
  const refusal = refusalOf(request, guarding)
  if (refusal !== undefined) answerRefusal(response, refusal)
  else if (guarding.withoutCors) removeCors(request, response)
  return refusal !== undefined
}

/**
 * Answers a request that Node could not read, where it is the first of its connection: behind another, what is written
 * could fall into the middle of an answer.
 */
function answerUnreadable({ code }: NodeJS.ErrnoException, socket: Socket): boolean {
  if (!code?.startsWith('HPE_') || !socket.writable || socket.bytesWritten > 0) return false
  const refusal = code === 'HPE_HEADER_OVERFLOW' ? LONG_HEAD : UNREADABLE_HEAD
  const body = bodyOf(refusal)
  const headers = { ...headersOf(refusal), 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`, ...lines].join('\r\n')
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy())
  return true
}

const LONG_HEAD: Refusal = {
  status: 431,
  code: 'too_large',
  title: 'Too large',
  detail: `The headers are larger than the ${maxHeaderSize} bytes that are taken here. Send shorter ones.`,
}
const UNREADABLE_HEAD: Refusal = {
  status: 400,
  code: 'malformed',
  title: 'The request cannot be read',
  detail: 'This is no request of HTTP/1.1: its first line, a header or the framing of its body breaks the rules.',
}

/** The same for HTTP/2, as gRPC speaks it: `:authority` is its host. */
export function guardStreams<S extends Http2Server>(server: S, { door }: Pick<Guarding, 'door'>): S {
  const emit: Emit = server.emit.bind(server)
  server.emit = (event: string, ...args: unknown[]): boolean => {
    if (event !== 'stream') return emit(event, ...args)
    const [stream, headers] = args as [ServerHttp2Stream, IncomingHttpHeaders]
    const host = headers[':authority'] ?? headers.host
    const head = { method: headers[':method'], url: headers[':path'], headers: { ...headers, host } }
    const refusal = judge(head as RequestHead, door())
    if (refusal === undefined) return emit(event, ...args)
    stream.on('error', () => undefined)
    stream.respond({ ':status': refusal.status, 'content-type': PROBLEM })
    stream.end(bodyOf(refusal))
    return true
  }
  return server
}

function removeCors(request: IncomingMessage, response: ServerResponse): void {
  delete request.headers.origin
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
  response.writeHead = (...args: unknown[]) => {
    for (const name of response.getHeaderNames()) if (name.startsWith('access-control-')) response.removeHeader(name)
    return writeHead(...args)
  }
}

function refusalOf(head: RequestHead, { door, maxBodyBytes, alsoRefuses }: Guarding): Refusal | undefined {
  const tooLarge = () => (maxBodyBytes === undefined ? undefined : judgeBody(head, maxBodyBytes))
  return judge(head, door()) ?? alsoRefuses?.(head) ?? tooLarge()
}

const PROBLEM = 'application/problem+json'

function bodyOf({ status, code, title, detail }: Refusal): string {
  return JSON.stringify({ type: `urn:coxswain:problem:${code}`, title, status, detail, code })
}

/** The refusal as the whole answer of a stand-in's route. */
export function refusalAnswer(refusal: Refusal): Response {
  return new Response(bodyOf(refusal), { status: refusal.status, headers: headersOf(refusal) })
}

function answerRefusal(response: ServerResponse, refusal: Refusal): void {
  const body = bodyOf(refusal)
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  // What is left of the request is not read, so the connection cannot be used again.
  response.writeHead(refusal.status, { ...headersOf(refusal), ...length, connection: 'close' })
  response.end(body)
}

function headersOf({ status }: Refusal): Record<string, string> {
  return {
    'content-type': PROBLEM,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="coxswain stand-in"' }),
  }
}

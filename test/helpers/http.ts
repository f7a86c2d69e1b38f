/** Requests as API Gateway hands them over (HTTP API, payload format 2.0), and a stack to send them through. */
import type { Context } from 'aws-lambda'
import type { Scope } from '#lib/auth/scopes'
import type { Clock } from '#lib/clock'
import { type Api, createApi, type HttpHandler } from '#lib/http/create-api'
import type { HttpEvent } from '#lib/http/exchange'
import type { Idempotency } from '#lib/http/idempotency'
import type { Facts, Log } from '#lib/http/log'

export interface RequestOptions {
  /** e.g. `POST /work/failed` */
  readonly route?: string
  /** Another one than the route's. */
  readonly method?: string
  readonly path?: string
  readonly params?: Record<string, string>
  readonly query?: Record<string, string>
  readonly headers?: Record<string, string>
  /** Text goes as it is, everything else as JSON. */
  readonly body?: unknown
  readonly base64?: boolean
  /** What the authorizer told; null for a route without one. */
  readonly told?: Record<string, unknown> | null
}

/** What the authorizer tells of a token's holder. */
export function tokenOf(owner: string, ...scopes: readonly Scope[]) {
  return { token_id: `id-of-${owner}`, owner, scopes: scopes.join(' ') }
}

export function aRequest(options: RequestOptions = {}): HttpEvent {
  const { route = 'GET /things', told = tokenOf('w1', 'worker'), base64 = false } = options
  const [own = 'GET', path = '/'] = route.split(' ')
  const method = options.method ?? own
  const rawPath = options.path ?? path
  const text =
    options.body === undefined || typeof options.body === 'string' ? options.body : JSON.stringify(options.body)
  const encoded = base64 && text !== undefined ? Buffer.from(text).toString('base64') : text
  return {
    version: '2.0',
    routeKey: route,
    rawPath,
    rawQueryString: new URLSearchParams(options.query).toString(),
    headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...options.headers },
    ...(options.query && { queryStringParameters: options.query }),
    ...(options.params && { pathParameters: options.params }),
    ...(encoded !== undefined && { body: encoded }),
    isBase64Encoded: base64,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: route,
      stage: '$default',
      time: '31/Jan/2026:08:00:00 +0000',
      timeEpoch: 1_769_846_400_000,
      ...(told !== null && { authorizer: { lambda: told } }),
    },
  }
}

/** A Lambda context with this much time left. */
export function aContext(remainingMs = 10_000): Context {
  return {
    awsRequestId: 'aws-request-1',
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'f',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:f',
    memoryLimitInMB: '256',
    logGroupName: 'g',
    logStreamName: 's',
    getRemainingTimeInMillis: () => remainingMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  }
}

export interface LogLine {
  readonly level: keyof Log
  readonly message: string
  readonly facts: Facts
}

/** A log that remembers its lines. */
export function aLog(): { readonly log: Log; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  const at =
    (level: keyof Log) =>
    (message: string, facts: Facts = {}) =>
      void lines.push({ level, message, facts })
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines }
}

const noIdempotency: Idempotency = { once: (_request, work) => work() }

/** `api()` on a clock and ids of the test's own. */
export function aStack(parts: { readonly clock?: Clock; readonly idempotency?: Idempotency } = {}) {
  const { log, lines } = aLog()
  const { clock = { now: () => 0 }, idempotency = noIdempotency } = parts
  const ids = { uuid: () => 'fresh-id', secret: () => 'secret' }
  const api: Api = createApi({ clock, ids, log, idempotency: () => idempotency })
  return { api, log, lines }
}

/** Sends a request and reads the JSON of the answer. */
export async function send(handler: HttpHandler, options: RequestOptions = {}, context = aContext()) {
  const { statusCode, headers = {}, body } = await handler(aRequest(options), context)
  return { status: statusCode, headers, body: body === undefined || body === '' ? undefined : JSON.parse(body) }
}

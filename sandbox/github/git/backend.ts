/** git over HTTP: git's own `http-backend`, run as a CGI program with both bodies streamed. */
import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { gitEnvironment } from './bare.ts'

export interface GitCall {
  /** Which repository, and which of its services: `/info/refs`, `/git-upload-pack`, `/git-receive-pack`. */
  readonly repository: number
  readonly service: string
  readonly request: Request
  /** Whom git shall note as the one who pushed; undefined for a reader. */
  readonly user: string | undefined
}

export interface GitBackend {
  /** The answer as soon as its head is there; `finished` resolves when git has done its work. */
  serve(call: GitCall): Promise<{ readonly response: Response; readonly finished: Promise<void> }>
}

/** A CGI answer's head is a few lines; more than this without an end is no CGI answer. */
const HEAD_BYTES = 16 * 1024

export function createGitBackend(root: string): GitBackend {
  return {
    async serve(call) {
      const child = spawn('git', ['http-backend'], {
        env: cgiEnvironment(root, call),
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      const finished = new Promise<void>((resolve) => {
        child.once('close', () => resolve())
        child.once('error', () => resolve())
      })
      const upload = call.request.body
      const body = upload === null ? Readable.from([]) : Readable.fromWeb(upload as NodeStream)
      // git may answer and leave before it has read everything, and a client may hang up: neither is our failure.
      pipeline(body, child.stdin).catch(() => child.stdin.destroy())
      const output = Readable.toWeb(child.stdout).getReader()
      const { head, rest } = await readHead(output)
      const { status, headers } = parseHead(head)
      return { response: new Response(remainder(output, rest), { status, headers }), finished }
    },
  }
}

type Output = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>

/** What was read beyond the head, then all that still comes. */
function remainder(output: Output, rest: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(rest),
    async pull(controller) {
      const { done, value } = await output.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => output.cancel(reason),
  })
}

function cgiEnvironment(root: string, { repository, service, request, user }: GitCall): Record<string, string> {
  const header = (name: string): string => request.headers.get(name) ?? ''
  return {
    ...gitEnvironment(root),
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: header('git-protocol'),
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REQUEST_METHOD: request.method,
    QUERY_STRING: new URL(request.url).search.slice(1),
    PATH_INFO: `/${repository}.git${service}`,
    CONTENT_TYPE: header('content-type'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    REMOTE_ADDR: '127.0.0.1',
    ...(request.headers.has('content-length') && { CONTENT_LENGTH: header('content-length') }),
    ...(user !== undefined && { REMOTE_USER: user }),
  }
}

/** Reads up to the empty line that ends a CGI head. */
async function readHead(output: Output): Promise<{ head: string; rest: Uint8Array<ArrayBuffer> }> {
  let seen = Buffer.alloc(0)
  while (seen.length < HEAD_BYTES) {
    const end = seen.indexOf('\r\n\r\n')
    if (end >= 0) return { head: seen.toString('latin1', 0, end), rest: new Uint8Array(seen.subarray(end + 4)) }
    const { done, value } = await output.read()
    if (done) break
    seen = Buffer.concat([seen, value])
  }
  throw new Error('git http-backend gave no answer')
}

function parseHead(head: string): { status: number; headers: Headers } {
  const headers = new Headers()
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
  }
  const status = Number.parseInt(headers.get('status') ?? '200', 10)
  headers.delete('status')
  return { status, headers }
}

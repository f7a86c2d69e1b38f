/** Requests as a stranger writes them: any method, path, header and body, without a client that would tidy them up. */
import { request } from 'node:http'
import type { Scope } from '#lib/auth/scopes'
import type { DevFile } from '#sandbox/stack/dev-file'

export interface Sent {
  readonly method: string
  /** As it goes into the first line of the request. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export type Ask = (sent: Sent, as?: Scope) => Promise<Received>

export function stranger({ url, tokens }: DevFile): Ask {
  const { hostname, port } = new URL(url)
  return ({ method, path, headers, body }, as) =>
    new Promise((done, fail) => {
      const authorization = as === undefined ? {} : { authorization: `Bearer ${tokens[as]}` }
      // Without a length Node would send the body of a GET as if it were the next request.
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const all = { ...authorization, ...length, ...headers }
      const sent = request({ hostname, port, method, path, headers: all }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', fail)
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          done({ status: answer.statusCode ?? 0, headers: answer.headers, text })
        })
      })
      sent.on('error', fail)
      sent.end(body)
    })
}

/** Undefined for an answer of ours that is no failure of ours: a success, or a refusal as a problem document. */
export function foreign({ status, headers, text }: Received): string | undefined {
  if (status >= 200 && status < 400) return undefined
  const isProblem = status < 500 && headers['content-type'] === 'application/problem+json'
  if (isProblem && (text === '' || JSON.parse(text).status === status)) return undefined
  return `${status} ${headers['content-type']} ${text.slice(0, 200)}`
}

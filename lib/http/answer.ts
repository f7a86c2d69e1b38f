/** What a handler gives back: a plain object for 200, or an answer with its own status, headers and form. */
import type { HttpAnswer } from './exchange.ts'

/** An answer that is more than a plain object with status 200. Made by `answer()`. */
export class Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>>) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** Text and bytes are sent as they are and need a `content-type`; everything else is sent as JSON, undefined as nothing. */
export function answer(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return new Answer(status, body, headers)
}

/** The wire form of whatever a handler returned. */
export function toHttp(given: unknown): HttpAnswer {
  const { status, body, headers } = given instanceof Answer ? given : answer(given === undefined ? 204 : 200, given)
  if (body === undefined) return { statusCode: status, headers: { ...headers } }
  if (body instanceof Uint8Array) {
    return {
      statusCode: status,
      headers: { ...headers },
      body: Buffer.from(body).toString('base64'),
      isBase64Encoded: true,
    }
  }
  if (typeof body === 'string') {
    return { statusCode: status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body }
  }
  return { statusCode: status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

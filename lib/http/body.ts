/** The body of a request: its bytes, bounded, and its JSON. */
import { AppError } from '#lib/errors'
import type { HttpEvent } from './exchange.ts'
import { parseJson } from './json.ts'

/** The most a request may carry, in bytes: 256 KB. */
export const BODY_MAX_BYTES = 256 * 1024

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i

/** The bytes as they were sent, e.g. to check a signature on. Throws `too_large` beyond `maxBytes`, 256 KB if not told. */
export function rawBody(event: Pick<HttpEvent, 'body' | 'isBase64Encoded'>, maxBytes = BODY_MAX_BYTES): Buffer {
  const text = textOf(event.body)
  // The text is at most 4/3 of the bytes, so a huge one is refused before it is decoded.
  if (text.length > maxBytes * 2) throw tooLarge(maxBytes)
  const bytes = Buffer.from(text, event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > maxBytes) throw tooLarge(maxBytes)
  return bytes
}

/** API Gateway hands over text or nothing; serverless-offline by itself parses JSON, and gives `false` and `0` as they are. */
function textOf(body: unknown): string {
  if (body === undefined || body === null) return ''
  return typeof body === 'string' ? body : JSON.stringify(body)
}

/**
 * The JSON of the body; `{}` when there is no body, so that a schema without required members accepts it.
 * Throws `too_large`, `unsupported_media_type` (a missing content type passes as JSON) or `malformed`.
 */
export function jsonBody(event: HttpEvent): unknown {
  const bytes = rawBody(event)
  if (bytes.length === 0) return {}
  checkType(event.headers?.['content-type'])
  const text = utf8(bytes)
  return text.trim() === '' ? {} : parseJson(text)
}

function checkType(type: string | undefined): void {
  if (type === undefined || type.trim() === '') return
  const charset = CHARSET.exec(type)?.[1]?.toLowerCase() ?? 'utf-8'
  if (!JSON_TYPE.test(type.trim()) || !['utf-8', 'utf8'].includes(charset)) {
    throw new AppError('unsupported_media_type', 'Send the body as application/json in UTF-8.')
  }
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AppError('malformed', 'The body is not UTF-8.', { cause })
  }
}

function tooLarge(max_bytes: number): AppError {
  return new AppError('too_large', `A request may carry at most ${max_bytes} bytes.`, { details: { max_bytes } })
}

/**
 * Requests to where agents live: the address is judged by its form and again by what it resolves to, no redirect is
 * followed, and an answer is read up to a bound and then cut off.
 */
import type { IncomingMessage } from 'node:http'
import { AppError } from '#lib/errors'
import { type AddressPolicy, checkedUrl, isListed, mayConnect } from '#lib/upstream/guarded-fetch'
import { createSend, FORBIDDEN_ADDRESS, headersOf } from '#lib/upstream/service-fetch'

export interface Posted {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Why nothing came back. */
export type Silence = 'too_large' | 'forbidden' | 'aborted' | 'unreachable'

/** Throws AppError whose `details.reason` is a Silence. */
export type Post = (posted: Posted) => Promise<Reply>

/** Bytes of an answer. The longest believable one, some hundred thousand tokens, is below half of it. */
const MAX_ANSWER_BYTES = 1_000_000

const SENTENCES: Readonly<Record<Silence, string>> = {
  too_large: `answers with more than ${MAX_ANSWER_BYTES} bytes and was cut off`,
  forbidden: 'leads to an address that is not allowed; list its host:port in ALLOW_PRIVATE_URLS if that is meant',
  aborted: 'was not waited for any longer',
  unreachable: 'does not answer',
}

export function createPost(policy: AddressPolicy): Post {
  // Connections are kept: a question carries a key, by which it counts once should it arrive twice.
  const keeps = () => true
  const send = createSend({ keeps, allows: (address, url) => mayConnect(address, isListed(url, policy)) })
  return async ({ url, headers, body, signal }) => {
    const checked = checkedUrl(url, policy)
    const sent = { ...headers, 'accept-encoding': 'identity' }
    try {
      const answer = await send(checked, { method: 'POST', headers: sent, body, signal })
      return { status: answer.statusCode ?? 0, headers: headersOf(answer), text: await readText(answer, checked) }
    } catch (error) {
      throw error instanceof AppError ? error : silent(checked, silenceOf(error, signal), error)
    }
  }
}

/** The reason inside whatever a library made of the error; undefined when it is none of ours. */
export function reasonOf(error: unknown): Silence | undefined {
  const seen = new Set<unknown>()
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at)
    if (at instanceof AppError && isSilence(at.details['reason'])) return at.details['reason']
    if (at instanceof AppError && at.code === 'invalid') return 'forbidden'
  }
  return undefined
}

function isSilence(value: unknown): value is Silence {
  return typeof value === 'string' && Object.hasOwn(SENTENCES, value)
}

async function readText(answer: IncomingMessage, url: URL): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop early ends the connection, too.
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw silent(url, 'too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function silenceOf(error: unknown, signal: AbortSignal): Silence {
  if (signal.aborted) return 'aborted'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === FORBIDDEN_ADDRESS ? 'forbidden' : 'unreachable'
}

/** Says which host, never which path: a path may hold a secret. */
function silent({ host }: URL, reason: Silence, cause?: unknown): AppError {
  return new AppError('upstream_unavailable', `${host} ${SENTENCES[reason]}.`, { details: { reason }, cause })
}

/** The control routes of a stand-in: what real systems do not have, open to the holder of one token alone. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Refusal } from './guard.ts'
import { refusalAnswer } from './guard-server.ts'

/** Where they are, in every stand-in. */
export const CONTROL = '/_stand_in'

/**
 * Lets in who sends `authorization: Bearer <token>`, and bodies as `application/json` only: a type that no page can send
 * to another origin without asking first. Without a token the routes are closed.
 */
export function control(token: string | undefined): MiddlewareHandler {
  return async (c, next) => {
    const { method } = c.req
    const refusal = refusalOf(
      { method, authorization: c.req.header('authorization'), type: c.req.header('content-type') },
      token,
    )
    if (refusal !== undefined) return refusalAnswer(refusal)
    return next()
  }
}

interface Asked {
  readonly method: string
  readonly authorization: string | undefined
  readonly type: string | undefined
}

const BODILESS = ['GET', 'HEAD', 'DELETE']

function refusalOf({ method, authorization, type }: Asked, token: string | undefined): Refusal | undefined {
  if (token === undefined) return closed('This stand-in was started without a control token. Start it with one.')
  if (authorization === undefined || !isSame(authorization, `Bearer ${token}`)) {
    return closed(
      'The control routes of a stand-in need its control token: send "authorization: Bearer <token>" with stand_in_tokens.control of dev.json.',
    )
  }
  const isJson = type?.split(';')[0]?.trim().toLowerCase() === 'application/json'
  if (BODILESS.includes(method) || isJson) return undefined
  return {
    status: 415,
    code: 'unsupported_media_type',
    title: 'Unsupported media type',
    detail: 'The control routes of a stand-in take JSON only: send "content-type: application/json".',
  }
}

function closed(detail: string): Refusal {
  return { status: 401, code: 'unauthenticated', title: 'Not allowed', detail }
}

/** In a time that says nothing of where the two differ. */
export function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

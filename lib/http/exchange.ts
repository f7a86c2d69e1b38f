/** One request on its way through the stack: what each middleware found out, for those behind it. */

import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Caller } from '#lib/auth/caller'
import type { Instant } from '#lib/clock'

/** API Gateway's request (payload format 2.0), with what the authorizer told. */
export type HttpEvent = APIGatewayProxyEventV2 & {
  readonly requestContext: { readonly authorizer?: { readonly lambda?: Readonly<Record<string, unknown>> | null } }
}

export type HttpAnswer = APIGatewayProxyStructuredResultV2

export interface Exchange {
  correlationId: string
  startedAt: Instant
  caller: Caller | undefined
  input: { readonly params: unknown; readonly query: unknown; readonly body: unknown } | undefined
  /** Set when the request failed, for the log line. */
  failure: unknown
}

/** The event as it travels inside the stack. */
export type TravellingEvent = HttpEvent & { exchange: Exchange }

export type Middleware = MiddlewareObj<TravellingEvent, HttpAnswer>

/** Adds headers to an answer without replacing any that it has. */
export function withHeaders(answer: HttpAnswer, headers: Readonly<Record<string, string>>): HttpAnswer {
  return { ...answer, headers: { ...headers, ...answer.headers } }
}

/** What the orchestrator and the worker say to each other: the wire's shapes, and the plain values made of them. */
import * as z from 'zod'
import { fromTimestamp, type Instant } from '#lib/clock'
import { isRepository } from './names.ts'

const token = z.union([z.int().nonnegative(), z.string().min(1).max(200)])

const wireLease = z.object({
  token,
  expires_at: z.string().refine((text) => !Number.isNaN(fromTimestamp(text)), 'must be a timestamp'),
})

const nullableText = z
  .string()
  .nullish()
  .transform((text) => text ?? null)

const wireWork = z.object({
  work_available: z.literal(true),
  issue_number: z.int().positive(),
  title: z.string(),
  body: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  labels: z.array(z.string()).default([]),
  branch_name: z.string().optional(),
  repository: z.string().refine(isRepository, 'must be owner/repo'),
  author: nullableText,
  author_association: nullableText,
  attempt: z.int().positive().default(1),
  lease: wireLease,
  previous: z.object({ error: nullableText, pr_url: nullableText, feedback: nullableText }).nullish(),
})

const wireNoWork = z.object({
  work_available: z.literal(false),
  blocked: z.boolean().default(false),
  reason: z.string().optional(),
  retry_after_seconds: z.number().nonnegative().default(0),
})

/** Answer of `/work/next`. */
export const wireNext = z.discriminatedUnion('work_available', [wireWork, wireNoWork])

/** Answer of `/work/heartbeat`; the lease is absent when there is none left to renew. */
export const wireBeat = z.object({
  lease: wireLease.nullish(),
  cancel: z.boolean().default(false),
  reason: z.string().nullish(),
})

/** Answer of the reports; what it says beyond "understood" does not matter. */
export const wireReceipt = z.object({ status: z.string() })

export type Token = z.infer<typeof token>

/** Which lease is meant, in every call about it. */
export interface LeaseRef {
  readonly repository: string
  readonly number: number
  readonly token: Token
}

export interface HeldLease {
  readonly token: Token
  /** End of the lease by this machine's clock. */
  readonly ends_at: Instant
}

/** One issue to work on. Title, body and previous are untrusted text. */
export interface Work {
  readonly repository: string
  readonly number: number
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  /** GitHub login of who wrote the issue, and his tie to the repository, e.g. `MEMBER`; null when not told. */
  readonly author: string | null
  readonly author_association: string | null
  readonly attempt: number
  readonly lease: HeldLease
  readonly previous: {
    readonly error: string | null
    readonly pr_url: string | null
    readonly feedback: string | null
  } | null
}

export type NextAnswer =
  | { readonly kind: 'work'; readonly work: Work }
  | { readonly kind: 'none'; readonly blocked: boolean; readonly reason: string | null; readonly retryAfterMs: number }

export type BeatAnswer =
  | { readonly kind: 'renewed'; readonly lease: HeldLease }
  | { readonly kind: 'cancel'; readonly reason: string }

export const wireUsage = z.object({
  input_tokens: z.int().nonnegative().optional(),
  output_tokens: z.int().nonnegative().optional(),
  cost_usd: z.number().nonnegative().optional(),
  seconds: z.number().nonnegative(),
})

export type Usage = z.infer<typeof wireUsage>

/** Usage in a report: since the last one, or all of the `lease` where heartbeats may have told a part of it. */
export const spent = z.object({ usage: wireUsage, usage_since: z.literal('lease').optional() })

export type Spent = z.infer<typeof spent>

/** The word on a finished job. It is journalled before it is sent, so that it can be sent again. */
export const report = z.discriminatedUnion('kind', [
  spent.extend({ kind: z.literal('completed'), pr_url: z.string() }),
  spent.partial().extend({
    kind: z.enum(['failed', 'rate_limited', 'infrastructure']),
    error: z.string(),
  }),
])

export type Report = z.infer<typeof report>

export function leaseRef(work: Work): LeaseRef {
  return { repository: work.repository, number: work.number, token: work.lease.token }
}

export function sameLease(a: LeaseRef | null, b: LeaseRef | null): boolean {
  return a !== null && b !== null && a.repository === b.repository && a.number === b.number && a.token === b.token
}

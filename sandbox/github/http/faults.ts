/** Faults on order: the next calls that match fail in the way asked for. */
import * as z from 'zod'
import { AppError } from '#lib/errors'

export interface FaultPlan {
  /** Left out: any. `path` is matched against the path without the query. */
  readonly match?: { readonly method?: string | undefined; readonly path?: RegExp | undefined }
  /** How many calls fail; 1 by default. */
  readonly times?: number | undefined
  /** Answer with this status instead of doing the work. */
  readonly status?: number | undefined
  /** Never answer. */
  readonly hang?: boolean | undefined
  /** Do the work, then cut the connection instead of answering. */
  readonly dropReply?: boolean | undefined
  /** Seconds, sent along with `status`. */
  readonly retryAfter?: number | undefined
  /** GitHub's sentence, sent with `status` in place of the usual one. */
  readonly message?: string | undefined
  /** Sent with `status`, names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The sentence in a web page, as GitHub's edge answers, in place of JSON. */
  readonly page?: boolean | undefined
}

export interface Faults {
  add(plan: FaultPlan): void
  /** The plan that applies to this call, used up by one. */
  take(method: string, path: string): FaultPlan | undefined
  clear(): void
}

/** A plan as it comes over HTTP: the path as the source of a regular expression. */
export const faultPlan = z.strictObject({
  match: z
    .strictObject({ method: z.string().optional(), path: z.string().transform(toPattern).optional() })
    .default({}),
  times: z.int().positive().default(1),
  status: z.int().min(400).max(599).optional(),
  hang: z.boolean().optional(),
  dropReply: z.boolean().optional(),
  retryAfter: z.int().nonnegative().optional(),
  message: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  page: z.boolean().optional(),
})

function toPattern(source: string, context: z.RefinementCtx): RegExp {
  try {
    return new RegExp(source)
  } catch {
    context.addIssue({ code: 'custom', message: 'is no regular expression' })
    return z.NEVER
  }
}

export function createFaults(): Faults {
  const waiting: { plan: FaultPlan; left: number }[] = []
  return {
    add(plan) {
      const kinds = [plan.status, plan.hang, plan.dropReply].filter(Boolean).length
      if (kinds !== 1) throw new AppError('invalid', 'A fault is exactly one of status, hang and dropReply.')
      waiting.push({ plan, left: plan.times ?? 1 })
    },
    take(method, path) {
      const entry = waiting.find(({ plan, left }) => left > 0 && applies(plan, method, path))
      if (entry === undefined) return undefined
      entry.left -= 1
      return entry.plan
    },
    clear() {
      waiting.length = 0
    },
  }
}

function applies({ match }: FaultPlan, method: string, path: string): boolean {
  if (match?.method !== undefined && match.method.toUpperCase() !== method) return false
  return match?.path === undefined || path.search(match.path) >= 0
}

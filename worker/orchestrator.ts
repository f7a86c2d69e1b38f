/** The typed client of the orchestrator's `/work` routes. Every answer is checked before it is believed. */
import * as z from 'zod'
import { type Clock, fromTimestamp, type Instant, seconds } from '#lib/clock'
import { AppError, type ErrorCode, HTTP_STATUS } from '#lib/errors'
import { leaseEnd } from './lease.ts'
import {
  type BeatAnswer,
  type HeldLease,
  type LeaseRef,
  type NextAnswer,
  type Report,
  type Spent,
  type Usage,
  type Work,
  wireBeat,
  wireNext,
  wireReceipt,
} from './protocol.ts'
import { troubleOf } from './trouble.ts'

/** A call that has no answer after this long is given up. */
const CALL_TIMEOUT = seconds(20)

/** An issue's body is at most 65,536 characters; this leaves room for its worst escaping. */
const LARGEST_ANSWER = 2_000_000

export interface Orchestrator {
  /** Asks for work. The same lease comes back while it is alive. */
  next(signal?: AbortSignal): Promise<NextAnswer>
  /** Renews the lease. `usage` is all that it has spent so far: a beat lost or repeated changes no sum. Throws AppError with a 409 code when it is no longer ours. */
  heartbeat(lease: LeaseRef, progress: string, signal?: AbortSignal, usage?: Usage | null): Promise<BeatAnswer>
  /** Reports how a job ended; the same report by the same lease may be sent again. */
  report(lease: LeaseRef, report: Report): Promise<void>
  /** Gives the job back; costs no attempt. */
  release(lease: LeaseRef, spent?: Spent): Promise<void>
}

export interface OrchestratorPorts {
  readonly fetch: typeof fetch
  readonly clock: Clock
}

export interface OrchestratorOptions {
  readonly url: string
  /** Asked for at each call, so that a replaced token counts at once. */
  readonly token: string | (() => Promise<string>)
  readonly workerId: string
}

interface Answer<T> {
  readonly value: T
  /** Turns a server's timestamp into an instant of this machine's clock. */
  local(timestamp: string): Instant
}

/**
 * Errors of every method: `rate_limited` (429) and `upstream_unavailable` (no answer, 5xx, an answer out of shape) may be
 * retried, with `retryAfter` when the server said so; any other code is the server's word and final.
 */
export function createOrchestrator({ fetch, clock }: OrchestratorPorts, options: OrchestratorOptions): Orchestrator {
  const base = options.url.replace(/(?<!\/)\/+$/, '')

  async function call<T>(path: string, body: object, schema: z.ZodType<T>, signal?: AbortSignal): Promise<Answer<T>> {
    const timeout = AbortSignal.timeout(CALL_TIMEOUT)
    const sentAt = clock.now()
    const request = {
      method: 'POST',
      redirect: 'error',
      headers: {
        authorization: `Bearer ${typeof options.token === 'string' ? options.token : await options.token()}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify({ worker_id: options.workerId, ...body }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    } as const
    const { response, text } = await fetch(`${base}${path}`, request)
      .then(async (response) => ({ response, text: await boundedText(response) }))
      .catch((cause: unknown) => unreachable(cause, base))
    if (!response.ok) throw refusal(response, { path, text })
    const parsed = schema.safeParse(parseJson(text))
    if (!parsed.success) throw outOfShape(path, text, parsed.error)
    const serverTime = fromTimestamp(response.headers.get('date') ?? '')
    return {
      value: parsed.data,
      local: (timestamp) => leaseEnd(fromTimestamp(timestamp), { serverTime, sentAt, receivedAt: clock.now() }),
    }
  }

  return {
    async next(signal) {
      const { value, local } = await call('/work/next', {}, wireNext, signal)
      if (value.work_available) {
        const lease = { token: value.lease.token, ends_at: local(value.lease.expires_at) }
        return { kind: 'work', work: toWork(value, lease) }
      }
      const { blocked, reason, retry_after_seconds } = value
      return { kind: 'none', blocked, reason: reason ?? null, retryAfterMs: seconds(retry_after_seconds) }
    },

    async heartbeat(lease, progress, signal, usage) {
      const spent = usage ? { usage, usage_since: 'lease' } : {}
      const { value, local } = await call(
        '/work/heartbeat',
        { ...wireRef(lease), progress, ...spent },
        wireBeat,
        signal,
      )
      if (value.cancel) return { kind: 'cancel', reason: value.reason ?? 'no reason given' }
      if (!value.lease) throw new AppError('lease_lost', 'The orchestrator renewed no lease.')
      return { kind: 'renewed', lease: { token: value.lease.token, ends_at: local(value.lease.expires_at) } }
    },

    async report(lease, report) {
      const { usage, usage_since } = report
      if (report.kind === 'completed') {
        const { pr_url } = report
        await call('/work/complete', { ...wireRef(lease), pr_url, success: true, usage, usage_since }, wireReceipt)
      } else {
        const { error, kind } = report
        await call('/work/failed', { ...wireRef(lease), error, kind, usage, usage_since }, wireReceipt)
      }
    },

    async release(lease, spent) {
      await call('/work/release', { ...wireRef(lease), ...spent }, wireReceipt)
    },
  }
}

function toWork(wire: Extract<z.infer<typeof wireNext>, { work_available: true }>, lease: HeldLease): Work {
  const { repository, issue_number: number, title, body, labels, author, author_association, attempt } = wire
  const previous = wire.previous ?? null
  return { repository, number, title, body, labels, author, author_association, attempt, lease, previous }
}

function wireRef({ repository, number, token }: LeaseRef) {
  return { issue_number: number, repository, lease_token: token }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > LARGEST_ANSWER)
      throw new AppError('upstream_unavailable', 'The orchestrator answered far too much.')
  }
  return text + decoder.decode()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreachable(cause: unknown, url: string): never {
  if (cause instanceof AppError) throw cause
  const why = troubleOf(cause, { setting: 'ORCHESTRATOR_URL', url })
  throw new AppError('upstream_unavailable', `The orchestrator cannot be reached: ${why}`, { cause })
}

/** A page for people, of a proxy, a login or another program. */
const isPage = (text: string): boolean => /^\s{0,100}</.test(text)

const ANOTHER = 'is ORCHESTRATOR_URL the address of the orchestrator itself, without a path?'

function outOfShape(path: string, text: string, cause: z.ZodError): AppError {
  if (isPage(text)) {
    return new AppError('upstream_unavailable', `A web page came as the answer of ${path}: ${ANOTHER}`, { cause })
  }
  const places = cause.issues.map((issue) => issue.path.join('.')).join(', ')
  return new AppError(
    'upstream_unavailable',
    `The answer of ${path} is not what was agreed (${places || 'no JSON'}).`,
    {
      cause,
    },
  )
}

const problem = z.object({ code: z.string().optional(), detail: z.string().optional() })

/** A status that is no success, as the error it stands for. */
function refusal(response: Response, { path, text }: { path: string; text: string }): AppError {
  const { code, detail } = problem.safeParse(parseJson(text)).data ?? {}
  const isStrange = isPage(text) || (response.status === 404 && code === undefined)
  const said = isStrange ? `to ${path}, and not as an orchestrator does: ${ANOTHER}` : (detail ?? 'no detail given')
  const retryAfter = retryAfterOf(response)
  // What is refused by a page is refused by something in between, such as a proxy.
  const extra = {
    details: { status: response.status, code, proxy: isPage(text) },
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
  const message = `The orchestrator answered ${response.status}${isStrange ? ' ' : ': '}${said}`
  if (response.status === 429) return new AppError('rate_limited', message, extra)
  if (response.status >= 500 || response.status === 408 || code === 'idempotency_in_progress') {
    return new AppError('upstream_unavailable', message, extra)
  }
  return new AppError(codeFor(response.status, code), message, extra)
}

function codeFor(status: number, said: string | undefined): ErrorCode {
  const codes = Object.entries(HTTP_STATUS).filter(([, known]) => known === status) as [ErrorCode, number][]
  return (codes.find(([code]) => code === said) ?? codes[0])?.[0] ?? 'malformed'
}

function retryAfterOf(response: Response): number | undefined {
  const header = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(header) && header >= 0 ? header : undefined
}

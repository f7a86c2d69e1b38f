/** A scripted orchestrator: hands out one lease at a time, notes every call, and answers as a test wants it to. */
import { EventEmitter, once } from 'node:events'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { onTestFinished } from 'vitest'
import { REPOSITORY } from './values.ts'

export const WORKER_TOKEN = 'orchestrator-secret-4711'

type Route = 'next' | 'heartbeat' | 'complete' | 'failed' | 'release'

export interface Call {
  readonly route: Route
  readonly authorization: string | undefined
  readonly body: Record<string, unknown>
}

export interface Scripted {
  readonly status?: number
  readonly body?: object
  readonly headers?: Record<string, string>
  /** Never answer. */
  readonly hang?: boolean
}

export interface ScriptedOrchestrator {
  readonly url: string
  readonly calls: Call[]
  of(route: Route): Call[]
  /** Puts an issue up to be leased; `previous`, `attempt` and the like override the usual answer. */
  offer(issue: { number: number; title?: string; body?: string } & Record<string, unknown>): void
  /** Milliseconds a lease lasts, from each renewal. */
  leaseFor(ms: number): void
  /** The next calls of `route` get these answers, one each; the last one for ever when it is `always`. */
  answer(route: Route, ...answers: Scripted[]): void
  always(route: Route, answer: Scripted | null): void
  /** Resolves once `route` has been called `times` times in all. */
  called(route: Route, times?: number): Promise<Call>
}

export async function anOrchestrator(): Promise<ScriptedOrchestrator> {
  const calls: Call[] = []
  const news = new EventEmitter().setMaxListeners(100)
  const offers: ({ number: number } & Record<string, unknown>)[] = []
  const queued = new Map<Route, Scripted[]>()
  const standing = new Map<Route, Scripted>()
  let token = 0
  let held: Record<string, unknown> | null = null
  let lasting = 60_000

  const lease = () => ({ token, expires_at: new Date(Date.now() + lasting).toISOString() })

  function next(): object {
    const offer = held ? undefined : offers.shift()
    if (offer) {
      token += 1
      const { number, ...rest } = offer
      const branch_name = `ai-feature/issue-${number}`
      const usual = { title: 'An issue', body: '', labels: [], attempt: 1, max_attempts: 2, repository: REPOSITORY }
      held = { ...usual, ...rest, issue_number: number, branch_name }
    }
    if (!held) return { work_available: false, blocked: false, retry_after_seconds: 0.2 }
    return { work_available: true, ...held, lease: lease() }
  }

  function usual(route: Route): object {
    if (route === 'next') return next()
    if (route === 'heartbeat') return { lease: lease(), cancel: false }
    held = null
    return { status: route === 'release' ? 'released' : 'acknowledged' }
  }

  const app = new Hono()
  app.post('/work/:route', async (c) => {
    const route = c.req.param('route') as Route
    calls.push({ route, authorization: c.req.header('authorization'), body: await c.req.json() })
    const scripted = queued.get(route)?.shift() ?? standing.get(route)
    setImmediate(() => news.emit('call'))
    if (scripted?.hang) return new Promise<Response>(() => undefined)
    const status = scripted?.status ?? 200
    const body = scripted?.body ?? (status === 200 ? usual(route) : { detail: 'as scripted' })
    return Response.json(body, { status, headers: scripted?.headers ?? {} })
  })
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  onTestFinished(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const of = (route: Route) => calls.filter((call) => call.route === route)

  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    calls,
    of,
    offer: (issue) => void offers.push(issue),
    leaseFor: (ms) => {
      lasting = ms
    },
    answer: (route, ...answers) => void queued.set(route, answers),
    always: (route, answer) => void (answer ? standing.set(route, answer) : standing.delete(route)),
    async called(route, times = 1) {
      while (of(route).length < times) await once(news, 'call')
      return of(route)[times - 1]!
    },
  }
}

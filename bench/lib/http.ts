/** What a running stack answers over HTTP. */
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import * as z from 'zod'
import { dataDirOf, findRunning } from '#sandbox/stack/running'
import { quantile, type Row, type Section } from './report.ts'

interface Target {
  readonly url: string
  /** A token with the scope `worker`. */
  readonly token: string
  /** Where the stack's GitHub shows its pull requests. */
  readonly github: string
  /** What is done with the work that is given: back into the line, or reported as done. */
  readonly end: 'release' | 'complete'
}

const SECONDS = 8
const CONNECTIONS = 16
const CYCLE_MS = 8_000
const OR_NAMED = 'Or name one: --url http://127.0.0.1:8000 --token <worker token>.'

const GITHUB = 'https://github.com'

/** A call that hangs is given up, and with it the measurement. */
const CALL_MS = 30_000

const answer = z.object({
  work_available: z.boolean(),
  issue_number: z.number().optional(),
  repository: z.string().optional(),
  lease: z.object({ token: z.number() }).optional(),
})

export async function measureHttp(): Promise<Section> {
  const title = 'Over HTTP'
  const target = await findTarget()
  if (typeof target === 'string') return { title, rows: [{ measure: `Not measured: ${target}` }], missed: [] }
  const rows = [await health(target), await cycles(target)]
  return { title: `${title}, ${target.url}`, rows, missed: [] }
}

/** The stack named on the command line, or else the one that runs here; why there is none. */
async function findTarget(): Promise<Target | string> {
  const options = { url: { type: 'string' }, token: { type: 'string' }, complete: { type: 'boolean' } } as const
  const { url, token = '', complete = false } = parseArgs({ options }).values
  const end = complete ? 'complete' : 'release'
  if (url !== undefined) return { url, token, github: GITHUB, end }
  return findRunning(dataDirOf(process.env)).then(
    ({ dev }) => ({ url: dev.url, token: dev.tokens.worker, github: dev.stand_ins['github'] ?? GITHUB, end }),
    (error: Error) => `${error.message} ${OR_NAMED}`,
  )
}

async function health({ url }: Target): Promise<Row> {
  const { requests, latency, errors } = await autocannon({
    url: `${url}/health`,
    connections: CONNECTIONS,
    duration: SECONDS,
  })
  return {
    ...{ measure: `GET /health, ${CONNECTIONS} connections`, 'per s': Math.round(requests.average) },
    ...{ 'p50 ms': latency.p50, 'p99 ms': latency.p99, errors },
  }
}

/** One worker takes work and ends it, again and again. Released work comes back, so that this can go on for ever. */
async function cycles(target: Target): Promise<Row> {
  const times: number[] = []
  const began = performance.now()
  while (performance.now() - began < CYCLE_MS) {
    const start = performance.now()
    if (!(await cycle(target))) break
    times.push(performance.now() - start)
  }
  const perSecond = times.length / ((performance.now() - began) / 1000)
  const measure = times.length === 0 ? 'next: the queue holds no work' : `next + ${target.end}, one worker`
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)]
  return { measure, 'per s': Math.round(perSecond), 'p50 ms': p50, 'p99 ms': p99, errors: 0 }
}

async function cycle({ url, token, github, end }: Target): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const worker_id = 'bench'
  const got = answer.parse(await sent(`${url}/work/next?worker_id=${worker_id}`, { headers }))
  if (!got.work_available) return false
  const { issue_number, repository, lease } = got
  const base = { worker_id, issue_number, repository, lease_token: lease?.token }
  const done = { ...base, success: true, pr_url: `${github}/${repository}/pull/${issue_number}` }
  const body = JSON.stringify(end === 'complete' ? done : base)
  await sent(`${url}/work/${end}`, { method: 'POST', headers, body })
  return true
}

async function sent(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_MS) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

/**
 * Measures the councils' gRPC server against a stand-in for a vendor that thinks for a second: wall time of whole runs, what
 * a call costs this process beside the vendor's time, answers that need no agent, start and memory. Exits 1 when a bound is
 * missed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Client, credentials, makeClientConstructor, type ServiceError } from '@grpc/grpc-js'
import { orchestratorService } from '#grpc/proto'
import { systemSleep } from '#lib/clock'
import { createClient } from '#lib/store/client'
import { startDynoxide } from '#sandbox/dynamodb/dynoxide'
import { createLocalTable } from '#sandbox/dynamodb/table'
import { leashedNode } from '#sandbox/lifeline/leashed'
import { endWithNpm } from '#sandbox/lifeline/lifeline'
import { startLlm } from '#sandbox/llm/server'
import { bound, print, quantile, type Row, type Section } from './lib/report.ts'

endWithNpm()

interface Served {
  readonly child: ChildProcess
  readonly address: string
  readonly startMs: number
}

type Call = (method: string, request: object) => Promise<Record<string, unknown>>

const PROGRAM = fileURLToPath(new URL('../grpc/main.ts', import.meta.url))
const TABLE = 'council-bench'
const REGION = 'eu-central-1'
/** What one call of the vendor takes. */
const THINK_MS = 1_000
const STARTS = 3
const START_BOUND_MS = 1_500
const CALLS = 1_000
const WARM_UP = 1_500
const CALL_BOUND_MS = 5
/** A run is 1 + 2 · rounds calls deep, whatever the number of agents. */
const RUNS = [
  { role: 'THREE', agents: 3, rounds: 1, boundMs: 3_600 },
  { role: 'NINE', agents: 9, rounds: 2, boundMs: 6_000 },
]

/** Five agents with two rounds: 25 calls, and the checks, storing and ranking that belong to them. */
const BUSY = { role: 'FIVE', agents: 5, rounds: 2, runs: 4 }
/** Of the vendor's time, once everything is loaded: 15 ms of a call that takes a second. */
const CPU_BOUND = 0.015

async function serve(env: Readonly<Record<string, string>>): Promise<Served> {
  const began = performance.now()
  const { program, args } = leashedNode(PROGRAM)
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /^grpc ready (\S+)/.exec(line)?.[1]
    if (address === undefined) continue
    const startMs = performance.now() - began
    child.stdout.resume()
    return { child, address, startMs }
  }
  throw new Error('The server ended before it was ready.')
}

async function stop({ child }: Served): Promise<void> {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
}

function caller(address: string): { readonly call: Call; readonly close: () => void } {
  const Service = makeClientConstructor(orchestratorService, 'OrchestratorService')
  const client = new Service(address, credentials.createInsecure()) as Client & Record<string, CallableFunction>
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        client[method]?.(request, (error: ServiceError | null, answer: Record<string, unknown>) =>
          error === null ? resolve(answer) : reject(error),
        )
      }),
    close: () => client.close(),
  }
}

async function measureStart(env: Readonly<Record<string, string>>): Promise<Section> {
  const times: number[] = []
  const cpu: number[] = []
  let memory = 0
  for (let start = 0; start < STARTS; start++) {
    const served = await serve(env)
    times.push(served.startMs)
    cpu.push(cpuMsOf(served.child.pid))
    memory = memoryOf(served.child.pid)
    await stop(served)
  }
  const median = quantile(times, 0.5)
  const row = {
    ...{ starts: STARTS, 'median ms': median, 'of bound': median / START_BOUND_MS },
    ...{ 'cpu ms, the first': cpu[0] ?? 0, 'cpu ms, the last': cpu.at(-1) ?? 0, 'memory MB': memory },
  }
  return { title: 'Start', rows: [row], missed: bound(median < START_BOUND_MS, `starts within ${START_BOUND_MS} ms`) }
}

async function measureAnswers(call: Call): Promise<Section> {
  const asked: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['GetStatus', () => call('GetStatus', {})],
    ['GetStatus with statistics', () => call('GetStatus', { include_stats: true })],
    ['Deliberate without a council', () => refused(call('Deliberate', { role: 'NOBODY', task_description: 'x' }))],
  ]
  const rows: Row[] = []
  const missed: string[] = []
  for (const [name, ask] of asked) {
    const times: number[] = []
    for (let at = -WARM_UP; at < CALLS; at++) {
      const began = performance.now()
      await ask()
      if (at >= 0) times.push(performance.now() - began)
    }
    const p99 = quantile(times, 0.99)
    rows.push({ answer: name, 'p50 ms': quantile(times, 0.5), 'p99 ms': p99, 'of bound': p99 / CALL_BOUND_MS })
    missed.push(...bound(p99 < CALL_BOUND_MS, `${name} answers within ${CALL_BOUND_MS} ms in 99 of 100`))
  }
  return { title: `Answers without an agent, ${CALLS} each, one after the other`, rows, missed }
}

/** Fails when it is not refused as it must be. */
async function refused(reply: Promise<unknown>): Promise<void> {
  const error = await reply.then(
    () => undefined,
    (thrown: ServiceError) => thrown,
  )
  if (!error?.details.startsWith('No agents configured for role: NOBODY.')) throw error ?? new Error('Not refused.')
}

async function measureRuns(call: Call): Promise<Section> {
  const rows: Row[] = []
  const missed: string[] = []
  for (const { role, agents, rounds, boundMs } of RUNS) {
    await call('CreateCouncil', { role, num_agents: agents, config: { agent_type: 'openai' } })
    const began = performance.now()
    const task = { role, task_description: 'Greet the user by name.', rounds, num_agents: agents }
    const { results } = (await call('Deliberate', task)) as { readonly results: readonly object[] }
    const wall = performance.now() - began
    const depth = (1 + 2 * rounds) * THINK_MS
    rows.push({
      ...{ agents, rounds, proposals: results.length, 'wall ms': Math.round(wall) },
      ...{ 'times its depth': wall / depth, 'of bound': wall / boundMs },
    })
    missed.push(...bound(wall <= boundMs, `${agents} agents and ${rounds} round(s) take at most ${boundMs} ms`))
    missed.push(...bound(results.length === agents, `all ${agents} agents propose`))
  }
  return { title: `Runs, with ${THINK_MS} ms per call of the vendor`, rows, missed }
}

/** What a call costs the server's own processor. The first run loads what calls need; of the later runs, the one that needed least is printed. */
async function measureCpu(call: Call, pid: number | undefined): Promise<Section> {
  const { role, agents, rounds } = BUSY
  await call('CreateCouncil', { role, num_agents: agents, config: { agent_type: 'openai' } })
  const runs: { readonly calls: number; readonly cpuMs: number }[] = []
  for (let run = 0; run < BUSY.runs; run++) {
    const before = cpuMsOf(pid)
    const task = { role, task_description: 'Greet the user by name.', rounds, num_agents: agents }
    const { metadata } = (await call('Deliberate', task)) as { metadata: { tags: Readonly<Record<string, string>> } }
    runs.push({ calls: Number(metadata.tags['calls']), cpuMs: cpuMsOf(pid) - before })
  }
  const [first, ...later] = runs
  const least = later.toSorted((a, b) => a.cpuMs - b.cpuMs).at(0)
  const row = (name: string, { calls, cpuMs }: { readonly calls: number; readonly cpuMs: number }) => ({
    ...{ run: name, agents, rounds, calls, 'cpu ms': cpuMs, 'cpu ms per call': cpuMs / calls },
    '% of the vendor’s time': (100 * cpuMs) / (calls * THINK_MS),
  })
  const rows = [...(first ? [row('first', first)] : []), ...(least ? [row('later, the least', least)] : [])]
  const share = least === undefined ? 1 : least.cpuMs / (least.calls * THINK_MS)
  return {
    title: 'The server’s own processor time per call of the vendor',
    rows,
    missed: bound(share <= CPU_BOUND, `a call costs at most ${CPU_BOUND * 100} % of the vendor's time`),
  }
}

/** Processor time of a process so far, ms, in steps of 10; 0 where the system does not say. */
function cpuMsOf(pid: number | undefined): number {
  try {
    const [user = '0', system = '0'] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? []
    return (Number(user) + Number(system)) * 10
  } catch {
    return 0
  }
}

/** Resident memory of a process, MB; 0 where the system does not say. */
function memoryOf(pid: number | undefined): number {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Math.round(Number(found?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}

const sections: Section[] = []
const show = (section: Section) => {
  sections.push(section)
  print(section)
}
const compiled = mkdtempSync(join(tmpdir(), 'coxswain-bench-council-'))
const engine = await startDynoxide({ port: 0 })
// Left to itself it takes up to twice as long.
const llm = await startLlm({ port: 0, thinkMs: THINK_MS, sleep: () => systemSleep(THINK_MS) })
try {
  const client = createClient({ endpoint: engine.endpoint, region: REGION })
  await createLocalTable(client, TABLE)
  client.destroy()
  const env = {
    PATH: process.env['PATH'] ?? '',
    AWS_REGION: REGION,
    COXSWAIN_TABLE: TABLE,
    DYNAMODB_ENDPOINT: engine.endpoint,
    COXSWAIN_LOCAL: 'true',
    GRPC_HOST: '127.0.0.1',
    GRPC_PORT: '0',
    OPENAI_API_KEY: 'bench',
    OPENAI_BASE_URL: llm.v1,
    ALLOW_PRIVATE_URLS: new URL(llm.v1).host,
    LLM_MODEL: 'stand-in-1',
    // As the stack starts it: only the first start of an installation compiles.
    NODE_COMPILE_CACHE: compiled,
  }
  show(await measureStart(env))
  const served = await serve(env)
  const { call, close } = caller(served.address)
  try {
    show(await measureAnswers(call))
    show(await measureCpu(call, served.child.pid))
    show(await measureRuns(call))
    console.log(`\n  The server holds ${memoryOf(served.child.pid)} MB after its runs.`)
  } finally {
    close()
    await stop(served)
  }
} finally {
  await llm.close()
  await engine.stop()
  rmSync(compiled, { recursive: true, force: true })
}

const missed = sections.flatMap((section) => section.missed)
console.log(missed.length === 0 ? '\nEvery bound holds.' : `\n${missed.length} bound(s) missed.`)
process.exitCode = missed.length === 0 ? 0 : 1

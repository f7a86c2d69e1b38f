/**
 * `node bench/workflow.ts [runs]`: what workflows cost and how fast they are, on the embedded DynamoDB of this machine.
 *
 * Prints figures and judges nothing but its own sums: write units per transition, transitions per second, and how long a
 * view takes over 10 and over 1,000 entries of history.
 */
import { performance } from 'node:perf_hooks'
import { systemClock, systemSleep } from '#lib/clock'
import { systemChance, systemIds } from '#lib/ids'
import { createClient, meter } from '#lib/store/client'
import { createTable } from '#lib/store/table'
import { createWorkflowStore } from '#lib/store/workflows'
import { createConsultationStore } from '#lib/store/workflows-consultations'
import { createWorkflowCounts } from '#lib/store/workflows-counts'
import { createDefinitionStore } from '#lib/store/workflows-definitions'
import { createDispatchStore } from '#lib/store/workflows-dispatches'
import { createAgentHub } from '#lib/upstream/agent-hub'
import { createGuardedFetch } from '#lib/upstream/guarded-fetch'
import { createDefinitions } from '#lib/workflows/catalog'
import { createWorkflows } from '#lib/workflows/workflows'
import { startDynoxide } from '#sandbox/dynamodb/dynoxide'
import { createLocalTable } from '#sandbox/dynamodb/table'
import { endWithNpm } from '#sandbox/lifeline/lifeline'

endWithNpm()

const RUNS = Number(process.argv[2] ?? 300)
/** Requests under way at once. */
const ABREAST = 16
const VIEWS = 200
const TABLE = 'bench-workflow'

const engine = await startDynoxide({ port: 0 })
const client = createClient({ endpoint: engine.endpoint, region: 'eu-central-1' })
await createLocalTable(client, TABLE)
const table = createTable({ client, name: TABLE })
const units = meter(client)
const local = { allowed: ['127.0.0.1:1'] }
const ports = { fetch: createGuardedFetch(local), clock: systemClock, sleep: systemSleep, chance: systemChance }
const workflows = createWorkflows({
  store: createWorkflowStore(table, () => undefined),
  dispatches: createDispatchStore(table),
  consultations: createConsultationStore(table),
  definitions: createDefinitions(createDefinitionStore(table)),
  hub: createAgentHub('http://127.0.0.1:1', ports),
  counts: createWorkflowCounts(table).read,
  lock: { acquire: async () => 1, release: async () => undefined },
  clock: systemClock,
  sleep: systemSleep,
  ids: systemIds,
  chance: systemChance,
  warn: () => undefined,
})

const on = { correlation_id: '3f0c9a52-6f7e-4a57-9f30-0d2b7a3c1e55' }
const print = (line: string) => process.stdout.write(`${line}\n`)
const round = (n: number, digits = 2) => Number(n.toFixed(digits))

function start(feature_id: string) {
  const request = { feature_id, description: 'Add a coupon field to the checkout form.', context: { team: 'shop' } }
  return workflows.start({ ...request, definition: 'sdlc', actor: 'olga', ...on })
}

/** Phase, approval, phase: three transitions to the end. */
async function journey(feature_id: string): Promise<void> {
  await workflows.advance(feature_id, { event: 'phase_complete', actor: 'agent-hub/architecture' }, on)
  const { gate } = await workflows.view(feature_id)
  await workflows.advance(feature_id, { event: 'approve', actor: 'bob', evidence: gate?.evidence_hash }, on)
  await workflows.advance(feature_id, { event: 'phase_complete', actor: 'agent-hub/backend' }, on)
}

async function abreast(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let i = next++; i < count; i = next++) await work(i)
  }
  await Promise.all(Array.from({ length: ABREAST }, lane))
}

/** Transitions of one run: paused and resumed until its history has this many entries. */
async function lengthen(feature_id: string, entries: number): Promise<void> {
  for (let seq = 2; seq <= entries; seq++) {
    await workflows.advance(feature_id, { event: seq % 2 === 0 ? 'pause' : 'resume', actor: 'olga' }, on)
  }
}

/** Views of several runs in turn, so that whatever else the machine does meets all of them alike. */
async function viewTimes(features: readonly string[]): Promise<readonly number[][]> {
  const times = features.map((): number[] => [])
  for (let i = 0; i < VIEWS * features.length; i++) {
    const at = i % features.length
    const began = performance.now()
    await workflows.view(features[at] ?? '')
    times[at]?.push(performance.now() - began)
  }
  return times.map((each) => each.toSorted((a, b) => a - b))
}

await start('warm')
units.reset()
const startBegan = performance.now()
await abreast(RUNS, (i) => start(`run-${i}`))
const startSeconds = (performance.now() - startBegan) / 1000
print(
  `starts        ${RUNS} in ${round(startSeconds)} s: ${round(RUNS / startSeconds, 0)}/s, ${round(units.totals().writes / RUNS)} write units each`,
)

units.reset()
const began = performance.now()
await abreast(RUNS, (i) => journey(`run-${i}`))
const took = (performance.now() - began) / 1000
const transitions = RUNS * 3
const { writes, refused } = units.totals()
// The last of the three also moves the run's card from one shelf to another.
print(
  `transitions   ${transitions} in ${round(took)} s: ${round(transitions / took, 0)}/s (with a view per run), ${round(writes / transitions)} write units each, ${refused} refused`,
)

await start('short')
await start('long')
units.reset()
await lengthen('short', 10)
await lengthen('long', 1_000)
const entries = 9 + 999
print(`plain         ${round(units.totals().writes / entries)} write units per transition that ends nothing`)
units.reset()
const times = await viewTimes(['short', 'long'])
const reads = units.totals().reads / (2 * VIEWS)
for (const [at, length] of [10, 1_000].entries()) {
  const p50 = times[at]?.[Math.floor(VIEWS * 0.5)] ?? 0
  const p90 = times[at]?.[Math.floor(VIEWS * 0.9)] ?? 0
  print(`view          over ${length} entries: p50 ${round(p50)} ms, p90 ${round(p90)} ms, ${round(reads)} read units`)
}
const { history } = await workflows.history('long', { after: 0, limit: 100 })
print(`history       ${history.length} entries on the first page, seq ${history[0]?.seq}–${history.at(-1)?.seq}`)

client.destroy()
await engine.stop()

/** How many claims a crowd of workers makes, and how many of its races it loses. */
import { type Meter, meter } from '#lib/store/client'
import { bound, type Row, type Section } from './report.ts'
import { ask, type Container, complete, type Stand, tickets } from './stand.ts'

const CROWDS = [1, 16, 64] as const
/** Claims of a crowd, cold: two each. Warm: enough for a steady figure. */
const COLD_EACH = 2
const WARM_CLAIMS = 300
/** Of a large crowd's claims this share must succeed, once each container has learned how wide to spread. */
const SUCCESS_BOUND = 0.85
const FIRST = 1_000

interface Worker extends Container {
  readonly name: string
  readonly units: Meter
}

export async function measureCrowds(stand: Stand): Promise<Section> {
  const wanted = CROWDS.reduce((sum, crowd) => sum + 3 * crowd * COLD_EACH + 2 * WARM_CLAIMS, 0)
  await stand.fill(tickets(FIRST, wanted + 1_000))
  const rows: Row[] = []
  const missed: string[] = []
  let single = 0
  for (const crowd of CROWDS) {
    const workers = Array.from({ length: crowd }, (_, n) => aWorker(stand, `crowd${crowd}-${n}`))
    const cold = await race(workers, crowd * COLD_EACH)
    await race(workers, WARM_CLAIMS / 2)
    const warm = await race(workers, WARM_CLAIMS)
    single ||= warm.perSecond
    for (const [state, figures] of Object.entries({ cold, warm }))
      rows.push(rowOf(crowd, state, { ...figures, single }))
    missed.push(...bound(warm.success >= SUCCESS_BOUND, `${SUCCESS_BOUND * 100} % of ${crowd} workers' claims succeed`))
    for (const { client } of workers) client.destroy()
  }
  return { title: 'Claims of a crowd, each worker a container of its own', rows, missed, notes: NOTES }
}

const NOTES = [
  'All containers share this machine with the engine: claims/s show what a crowd costs the processor, not AWS.',
  'A published queue that takes the head of one partition tops out near 190 claims/s with 79 % of races lost.',
]

function aWorker(stand: Stand, name: string): Worker {
  const container = stand.container()
  return { ...container, name, units: meter(container.client) }
}

async function race(workers: readonly Worker[], claims: number) {
  for (const { units } of workers) units.reset()
  const began = performance.now()
  let begun = 0
  let won = 0
  await Promise.all(
    workers.map(async ({ queue, name }) => {
      while (begun++ < claims) {
        const answer = await ask(queue, name)
        if (answer.kind === 'none') continue
        won += 1
        await complete(queue, name, answer.job)
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  const sum = (of: 'refused' | 'reads') => workers.reduce((total, { units }) => total + units.totals()[of], 0)
  return { success: won / (won + sum('refused')), perSecond: won / seconds, reads: sum('reads') / won }
}

function rowOf(crowd: number, state: string, figures: Awaited<ReturnType<typeof race>> & { single: number }): Row {
  const { success, perSecond, reads, single } = figures
  return {
    workers: crowd,
    containers: state,
    'claims/s': Math.round(perSecond),
    'times one worker': perSecond / single,
    'races lost %': (1 - success) * 100,
    'reads/claim': reads,
  }
}

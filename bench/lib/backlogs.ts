/** How long a claim takes as the line, and the pile of finished work, grow. */
import { readFileSync } from 'node:fs'
import { bound, quantile, type Row, type Section } from './report.ts'
import { aStand, ask, complete, finished, type Stand, tickets } from './stand.ts'

interface Pile {
  readonly name: string
  readonly backlog: number
  readonly finished: number
}

interface Piled {
  readonly pile: Pile
  readonly stand: Stand
  readonly claim: () => Promise<number>
}

const PILES: readonly Pile[] = [
  { name: 'backlog 10', backlog: 10, finished: 0 },
  { name: 'backlog 1,000', backlog: 1_000, finished: 0 },
  { name: 'backlog 100,000', backlog: 100_000, finished: 0 },
  { name: 'backlog 1,000, finished 100,000', backlog: 1_000, finished: 100_000 },
]
/** Claims of each pile. They take turns claim by claim, so that whatever else this machine does meets all alike. */
const CLAIMS = 300
const WARM_UP = 30
/** The slowest pile's median over the fastest one's. */
const SPREAD_BOUND = 1.3
/** Numbers of finished issues and of those put in later stay clear of the backlog's. */
const FINISHED_FROM = 1_000_000
const LATER_FROM = 2_000_000

export async function measureBacklogs(): Promise<Section> {
  const stands: Piled[] = []
  try {
    for (const pile of PILES) {
      const stand = await aStand()
      stands.push({ pile, stand, claim: claimer(stand) })
    }
    await Promise.all(stands.map(pileUp))
    const times = new Map<Pile, number[]>(stands.map(({ pile }) => [pile, []]))
    for (let turn = -WARM_UP; turn < CLAIMS; turn++) {
      for (const { pile, claim } of stands) {
        const taken = await claim()
        if (turn >= 0) times.get(pile)?.push(taken)
      }
    }
    return section(stands.map(({ pile, stand }) => rowOf(pile, stand, times.get(pile) ?? [])))
  } finally {
    for (const { stand } of stands) await stand.stop()
  }
}

async function pileUp({ pile, stand }: Piled): Promise<void> {
  await stand.fill(tickets(1, pile.backlog))
  await stand.fill(finished(FINISHED_FROM, pile.finished))
}

/** Claims and completes a job and puts one in behind: the line keeps its length. Times the claim alone, ms. */
function claimer(stand: Stand) {
  const { queue } = stand.container()
  let later = LATER_FROM
  return async function claim(): Promise<number> {
    const began = performance.now()
    const answer = await ask(queue, 'worker')
    const took = performance.now() - began
    if (answer.kind === 'none') throw new Error('The line is empty, though it was filled.')
    await complete(queue, 'worker', answer.job)
    await stand.fill(tickets(later++, 1))
    return took
  }
}

function rowOf({ name }: Pile, { engine }: Stand, times: readonly number[]): Row & { 'p50 ms': number } {
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)]
  return { table: name, claims: times.length, 'p50 ms': p50, 'p99 ms': p99, 'engine MB': residentOf(engine.pid) }
}

function section(rows: readonly ReturnType<typeof rowOf>[]): Section {
  const medians = rows.map((row) => row['p50 ms'])
  const [best, worst] = [Math.min(...medians), Math.max(...medians)]
  return {
    title: 'Time of a claim by one worker',
    rows: rows.map((row) => ({ ...row, 'times best': row['p50 ms'] / best })),
    notes: [`This process holds ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB.`],
    missed: bound(worst / best <= SPREAD_BOUND, `the slowest median is at most ${SPREAD_BOUND} times the fastest`),
  }
}

/** Resident memory of a process, MB; 0 where the system does not say. */
function residentOf(pid: number): number {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Math.round(Number(found?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}

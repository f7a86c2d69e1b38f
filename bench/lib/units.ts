/** What a job costs on its way from put to completion, in DynamoDB's units, beside other designs. */
import { meter } from '#lib/store/client'
import { bound, type Row, type Section } from './report.ts'
import { ask, complete, factsOf, REPOSITORY, type Stand } from './stand.ts'

const LARGE_BYTES = 60_000
/** Jobs measured of each size, after one that creates the worker's record. */
const JOBS = 10
/** Write units of one job, put to completion, when the body is small. */
const WRITES_BOUND = 5
/** Published figures for the same journey. */
const OTHERS: readonly Row[] = [
  { design: 'transactions everywhere plus an index', writes: 16, reads: '', 'times ours': 16 / WRITES_BOUND },
  { design: 'priority-queue sample for DynamoDB', writes: 7, reads: '', 'times ours': 7 / WRITES_BOUND },
  { design: 'DynamoMQ', writes: 6, reads: '', 'times ours': 6 / WRITES_BOUND },
  { design: 'one item changed in place (the floor)', writes: 3, reads: '', 'times ours': 3 / WRITES_BOUND },
]

export async function measureUnits(stand: Stand): Promise<Section> {
  const small = await journey(stand, 'small', 'Add a coupon field to the checkout form.')
  const large = await journey(stand, 'large', 'x'.repeat(LARGE_BYTES))
  const once = { writes: Math.ceil((LARGE_BYTES + 100) / 1024), reads: Math.ceil((LARGE_BYTES + 100) / 4096) / 2 }
  const rowOf = (design: string, { writes, reads }: typeof small) => {
    return { design, writes, reads: reads.toFixed(1), 'times ours': writes / small.writes }
  }
  return {
    title: 'Units per job: put, claim, complete',
    rows: [rowOf('coxswain, small body', small), rowOf('coxswain, 60 KB body', large), ...OTHERS],
    notes: [
      `60 KB more cost ${(large.writes - small.writes).toFixed(1)} write units (written once: ${once.writes}) ` +
        `and ${(large.reads - small.reads).toFixed(1)} read units (read once: ${once.reads}).`,
    ],
    missed: [
      ...bound(small.writes <= WRITES_BOUND, `at most ${WRITES_BOUND} write units for a small job`),
      ...bound(large.writes - small.writes <= once.writes + 1, 'a large body is written once'),
      ...bound(large.reads - small.reads <= once.reads + 1, 'a large body is read once'),
    ],
  }
}

async function journey(stand: Stand, worker: string, text: string) {
  const { client, queue } = stand.container()
  const units = meter(client)
  for (let n = 0; n <= JOBS; n++) {
    if (n === 1) units.reset()
    const number = n + 1
    const key = { repository: REPOSITORY, number: worker === 'small' ? number : number + 100 }
    await queue.add(key, factsOf(number), text, 'bench')
    const answer = await ask(queue, worker)
    if (answer.kind === 'none') throw new Error('The line is empty, though a job was just put into it.')
    await complete(queue, worker, answer.job)
  }
  const { writes, reads } = units.totals()
  return { writes: writes / JOBS, reads: reads / JOBS }
}

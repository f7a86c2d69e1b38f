/**
 * A simulated worker: asks, works a while, beats, reports until it is heard. Now and then it behaves as badly as real
 * ones do: vanishes, oversleeps its lease, fails, or says the same thing twice.
 */
import * as z from 'zod'
import { type Sleep, systemSleep } from '#lib/clock'
import type { Dice } from './chance.ts'
import type { Witness } from './witness.ts'

export interface WorkerPorts {
  readonly url: string
  readonly token: string
  readonly dice: Dice
  readonly witness: Witness
  readonly leaseMs: number
  readonly openPull: (issue: number) => Promise<string>
  readonly isOver: () => boolean
  readonly sleep?: Sleep
}

const job = z.object({
  work_available: z.literal(true),
  issue_number: z.number(),
  attempt: z.number(),
  lease: z.object({ token: z.number() }),
})
export type Leased = z.infer<typeof job>

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Milliseconds a job takes. */
const SHORTEST_MS = 400
const LONGEST_MS = 2_400
/** Before asking again when there was nothing, and when nobody answered. */
const IDLE_MS = 500
const RETRY_MS = 300
/** A call that hangs in a killed process is given up. */
const CALL_MS = 8_000
/** How often a worker misbehaves, of all jobs it takes. */
const VANISHES = 0.04
const OVERSLEEPS = 0.03
const FAILS = 0.04
const REPEATS_ITSELF = 0.1

export async function runWorker(id: string, ports: WorkerPorts): Promise<void> {
  const { dice, isOver, witness, leaseMs, openPull, sleep = systemSleep } = ports

  async function call(path: string, body: object): Promise<Answer | undefined> {
    try {
      const answer = await fetch(`${ports.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ports.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ worker_id: id, ...body }),
        signal: AbortSignal.timeout(CALL_MS),
      })
      return { status: answer.status, body: await answer.json() }
    } catch {
      return undefined
    }
  }

  /** Repeats the same report until it is answered for good: the process that heard it may have died before it could say so. */
  async function report(path: string, body: object): Promise<number> {
    for (;;) {
      const answer = await call(path, body)
      if (answer !== undefined && answer.status < 500 && answer.status !== 429) return answer.status
      if (isOver()) return 0
      await sleep(RETRY_MS)
    }
  }

  async function labour(lease: object): Promise<void> {
    const beat = leaseMs / 3
    for (let left = dice.between(SHORTEST_MS, LONGEST_MS); left > 0; left -= beat) {
      await sleep(Math.min(left, beat))
      if (left > beat) await call('/work/heartbeat', lease)
    }
  }

  async function attend(leased: Leased): Promise<void> {
    const { issue_number, attempt } = leased
    const lease = { issue_number, lease_token: leased.lease.token }
    if (dice.happens(VANISHES)) return witness.note('workers vanished')
    await labour(lease)
    if (attempt === 1 && dice.happens(FAILS)) {
      witness.note('attempts failed')
      await report('/work/failed', { ...lease, error: 'The simulated command failed.' })
      return
    }
    const pr_url = await openPull(issue_number)
    if (dice.happens(OVERSLEEPS)) {
      witness.note('workers overslept')
      await sleep(leaseMs * 1.5)
    }
    const completion = { ...lease, pr_url, success: true }
    const status = await report('/work/complete', completion)
    witness.reported(leased, status)
    if (dice.happens(REPEATS_ITSELF)) witness.repeated(leased, status, await report('/work/complete', completion))
  }

  while (!isOver()) {
    const answer = await call('/work/next', {})
    const leased = job.safeParse(answer?.body)
    if (leased.success) {
      witness.leased(id, leased.data)
      await attend(leased.data)
    } else {
      if (answer !== undefined && answer.status !== 200) witness.refused('/work/next', answer.status)
      await sleep(answer === undefined ? RETRY_MS : IDLE_MS)
    }
  }
}

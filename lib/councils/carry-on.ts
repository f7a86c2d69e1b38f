/** Carries on runs that nobody works on, several at a time: a long one does not keep others from being found. */
import { type Clock, type Instant, minutes, type Sleep, seconds } from '#lib/clock'
import type { Asking, Councils, RunState } from './service.ts'

export interface CarryOnPorts {
  readonly councils: Pick<Councils, 'openRuns' | 'resume'>
  readonly clock: Clock
  /** The most runs that this process carries on at a time. */
  readonly atOnce: number
  readonly carriedOn: (executionId: string, status: RunState) => void
  readonly failed: (executionId: string, error: unknown) => void
}

/** Between two looks. With the lease of a dead holder it stays below half a minute that a run stands still. */
export const LOOK_EVERY_MS = seconds(5)

/** A run that could not be carried on is left alone for so long, and keeps no other from its turn meanwhile. */
const REST_MS = minutes(1)

export function createCarryOn({ councils, clock, atOnce, carriedOn, failed }: CarryOnPorts) {
  const underWay = new Map<string, Promise<void>>()
  const resting = new Map<string, Instant>()

  return {
    /** One look: begins to carry on what is free, and tells how many runs were begun and how many are in other hands. */
    async look(asking: Asking): Promise<{ readonly begun: number; readonly others: number }> {
      const room = Math.max(0, atOnce - underWay.size)
      for (const [id, until] of resting) if (until <= clock.now()) resting.delete(id)
      const { free, held } = await councils.openRuns(Math.max(1, room + resting.size))
      const fresh = free.filter((id) => !underWay.has(id) && !resting.has(id)).slice(0, room)
      for (const id of fresh) underWay.set(id, carry(id, asking))
      return { begun: fresh.length, others: Math.max(0, held - underWay.size + fresh.length) }
    },
    /** Resolves when nothing is under way here. */
    async idle(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay.values())
    },
  }

  /** Never rejects. */
  async function carry(id: string, asking: Asking): Promise<void> {
    try {
      carriedOn(id, (await councils.resume(id, asking)).status)
    } catch (error) {
      resting.set(id, clock.now() + REST_MS)
      failed(id, error)
    } finally {
      underWay.delete(id)
    }
  }
}

/**
 * Carries out one run to its end, also after whoever held it died: takes it as soon as it is free. Ends early when
 * `asking.signal` fires.
 */
export async function carryOut(
  councils: Pick<Councils, 'resume'>,
  executionId: string,
  asking: Asking,
  sleep: Sleep,
): Promise<void> {
  for (;;) {
    const { status } = await councils.resume(executionId, asking)
    if ((status !== 'IN_PROGRESS' && status !== 'PENDING') || asking.signal?.aborted === true) return
    await sleep(LOOK_EVERY_MS)
  }
}

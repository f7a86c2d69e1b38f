/** What each wave of a run cost, told to the day: once, whoever tells it. */
import type { Clock } from '#lib/clock'
import { spentBy } from './budget.ts'
import { dayOf } from './days.ts'
import type { Plan } from './plan.ts'
import { type Loaded, waveOf } from './run.ts'
import type { RunStore } from './store-ports.ts'

export interface AccountPorts {
  readonly store: Pick<RunStore, 'count'>
  readonly clock: Clock
}

export function createAccounts({ store, clock }: AccountPorts) {
  return {
    /** Tells of all waves that are over; the one that `next` goes on with is told when it is over, too. */
    async told(loaded: Loaded, next?: Plan): Promise<Loaded> {
      const open = next?.kind === 'work' ? waveOf(next) : undefined
      const done: string[] = []
      for (const [wave, outputs] of Map.groupBy(loaded.outputs, waveOf)) {
        const cost = spentBy(outputs)
        if (wave === open || loaded.counted.includes(wave) || (cost.tokens === 0 && cost.usd === 0)) continue
        await store.count(loaded.run.execution_id, wave, dayOf(clock.now()), cost)
        done.push(wave)
      }
      return { ...loaded, counted: [...loaded.counted, ...done] }
    },
  }
}

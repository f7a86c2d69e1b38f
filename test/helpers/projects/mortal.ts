/** A process that can be killed at any of its awaits: before a call reaches the world, or after, before its answer is back. */
import type { Parts } from './world.ts'

export class Killed extends Error {}

export interface Death {
  /** Dies at this call, counted from 1; never when above the number of calls. */
  readonly at: number
  readonly when: 'before' | 'after'
}

/** The parts of a process that dies so. Once dead it reaches nothing any more, not even to let go of a lock. */
export function mortal(parts: Parts, death: Death) {
  let calls = 0
  let isDead = false
  const breathe = () => {
    if (isDead) throw new Killed()
  }
  const live = async (run: () => unknown): Promise<unknown> => {
    breathe()
    calls += 1
    isDead = calls === death.at
    if (death.when === 'before') breathe()
    const answer = await run()
    breathe()
    return answer
  }
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const method = Reflect.get(target, name)
        if (typeof method !== 'function' || name === 'nameOf') return method
        return (...args: unknown[]) => live(() => Reflect.apply(method, target, args))
      },
    })
  return {
    parts: {
      store: wrap(parts.store),
      memory: wrap(parts.memory),
      upstream: wrap(parts.upstream),
      cronJobs: wrap(parts.cronJobs),
    },
    calls: () => calls,
  }
}

/** What all agents of a process share: one limiter per vendor; one breaker and one rest per model of a vendor. */
import type { Clock, Instant } from '#lib/clock'
import type { Backend } from './backend.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { createLimiter, type Limiter, type RateLimit } from './limiter.ts'

/** The rest that a vendor demanded, e.g. by retry-after. Vendors limit by model: another model of theirs may answer. */
export interface Rest {
  /** No request is made before `until`. */
  hold(until: Instant): void
  /** When the rest ends; past when there is none. */
  until(): Instant
}

export interface Lines {
  limiter(backend: Backend): Limiter
  breaker(backend: Backend): Breaker
  rest(backend: Backend): Rest
}

export function createLines(clock: Clock, limit: RateLimit): Lines {
  const limiters = new Map<string, Limiter>()
  const breakers = new Map<string, Breaker>()
  const rests = new Map<string, Rest>()
  return {
    limiter: ({ vendor }) => remembered(limiters, vendor, () => createLimiter(clock, limit)),
    breaker: (backend) => remembered(breakers, modelOf(backend), () => createBreaker(clock)),
    rest: (backend) => remembered(rests, modelOf(backend), createRest),
  }
}

function createRest(): Rest {
  let held: Instant = 0
  return {
    hold(until) {
      held = Math.max(held, until)
    },
    until: () => held,
  }
}

const modelOf = ({ vendor, model }: Backend): string => `${vendor} ${model}`

function remembered<T>(known: Map<string, T>, name: string, make: () => T): T {
  const one = known.get(name) ?? make()
  known.set(name, one)
  return one
}

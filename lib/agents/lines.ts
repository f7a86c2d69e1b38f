/** What all agents of a process share: one limiter per vendor, one breaker per model of a vendor. */
import type { Clock } from '#lib/clock'
import type { Backend } from './backend.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { createLimiter, type Limiter, type RateLimit } from './limiter.ts'

export interface Lines {
  limiter(backend: Backend): Limiter
  breaker(backend: Backend): Breaker
}

export function createLines(clock: Clock, limit: RateLimit): Lines {
  const limiters = new Map<string, Limiter>()
  const breakers = new Map<string, Breaker>()
  return {
    limiter: ({ vendor }) => remembered(limiters, vendor, () => createLimiter(clock, limit)),
    breaker: ({ vendor, model }) => remembered(breakers, `${vendor} ${model}`, () => createBreaker(clock)),
  }
}

function remembered<T>(known: Map<string, T>, name: string, make: () => T): T {
  const one = known.get(name) ?? make()
  known.set(name, one)
  return one
}

/** The conditions of a run's writes. */
import type { RunLease } from '#lib/councils/run'
import type { Condition } from './conditions.ts'

const names = { '#standing': 'standing', '#kind': 'kind', '#lease': 'lease', '#fence': 'fence' }

/** The run is open and its lease as it was read: nobody took or prolonged it since. */
export function freeAt({ fence, until }: RunLease): Condition {
  return {
    expression: '#standing.#kind = :open AND #lease.#fence = :fence AND #lease.#until = :until',
    names: { ...names, '#until': 'until' },
    values: { ':open': 'open', ':fence': fence, ':until': until },
  }
}

/** The run is open and nobody took it since. */
export function heldBy(fence: number): Condition {
  return {
    expression: '#standing.#kind = :open AND #lease.#fence = :fence',
    names,
    values: { ':open': 'open', ':fence': fence },
  }
}

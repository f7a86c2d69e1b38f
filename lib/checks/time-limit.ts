/** A bound on synchronous work: parsers and patterns that are exponential on hostile text are ended from outside. */
import { createContext, Script } from 'node:vm'

export type Bounded<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'stopped' }

const CALL = new Script('work()')
const STOPPED = 'ERR_SCRIPT_EXECUTION_TIMEOUT'
/** Where the call is made from; making one takes longer than most checks. Work is synchronous: one sits here at a time. */
const seat: { work?: () => void } = {}
const context = createContext(seat)

/**
 * Runs `work` and gives its value, or `stopped` when it took longer than `ms`. What `work` throws is thrown on.
 *
 * V8 ends whatever runs in the isolate when a script's timeout passes, the functions it calls included; nothing else
 * short of a worker thread can end a parse that is under way.
 */
export function withinTime<T>(ms: number, work: () => T): Bounded<T> {
  let outcome: Bounded<T> = { kind: 'stopped' }
  seat.work = () => {
    outcome = { kind: 'done', value: work() }
  }
  try {
    CALL.runInContext(context, { timeout: ms })
  } catch (error) {
    if (!isStop(error)) throw error
  }
  return outcome
}

/** The error is made in the other context, so it is no instance of this one's Error. */
function isStop(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === STOPPED
}

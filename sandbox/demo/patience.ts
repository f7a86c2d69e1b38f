/** A deadline that begins anew at each step forward: what goes on may take its time, what hangs may not. */
import { AppError } from '#lib/errors'

export interface Patience {
  /** Aborted, with an AppError that says what was waited for, when no step came in time. */
  readonly spent: AbortSignal
  renew(): void
  stop(): void
}

export function createPatience(ms: number, waitsFor: string): Patience {
  const spent = new AbortController()
  const start = () =>
    setTimeout(() => {
      spent.abort(new AppError('unavailable', `Nothing happened for ${ms / 1000} s: the demo waits ${waitsFor}`))
    }, ms)
  let timer = start()
  return {
    spent: spent.signal,
    renew() {
      clearTimeout(timer)
      timer = start()
    },
    stop: () => clearTimeout(timer),
  }
}

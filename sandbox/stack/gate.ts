/** Lets loops run until they are told to end, and wakes those that wait. */
import type { Sleep } from '#lib/clock'

export interface Gate {
  isOpen(): boolean
  close(): void
  /** Waits `ms`, or until the gate is closed. */
  pause(ms: number): Promise<void>
  /** What `promise` brings; undefined as soon as the gate is closed. What it brings later is dropped. */
  unlessClosed<T>(promise: Promise<T>): Promise<T | undefined>
}

export function createGate(sleep: Sleep): Gate {
  const closing = Promise.withResolvers<undefined>()
  let open = true
  const unlessClosed = <T>(promise: Promise<T>): Promise<T | undefined> => {
    promise.catch(() => undefined)
    return Promise.race([promise, closing.promise])
  }
  return {
    isOpen: () => open,
    close() {
      open = false
      closing.resolve(undefined)
    },
    async pause(ms) {
      if (open) await unlessClosed(sleep(ms))
    },
    unlessClosed,
  }
}

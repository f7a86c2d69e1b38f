/** A clock that stands still until it is advanced, and a sleep that wakes by it. */
import type { Clock, Sleep } from '#lib/clock'

export interface FakeTime {
  readonly clock: Clock
  readonly sleep: Sleep
  /** The lengths of all sleeps begun so far. */
  readonly slept: number[]
  /** Moves on by `ms`, waking sleepers in order and letting each do its part before the next. */
  advance(ms: number): Promise<void>
  /** Moves the clock alone: what a paused process sees when it wakes. */
  jump(ms: number): void
}

export function fakeTime(start = Date.parse('2026-01-31T08:00:00Z')): FakeTime {
  let now = start
  let sleepers: { at: number; wake: () => void }[] = []
  const slept: number[] = []
  const settle = async () => {
    for (let i = 0; i < 20; i += 1) await Promise.resolve()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    clock: { now: () => now },
    slept,
    sleep: (ms) => {
      slept.push(ms)
      return new Promise((wake) => sleepers.push({ at: now + Math.max(0, ms), wake }))
    },
    jump: (ms) => {
      now += ms
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const next = sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        sleepers = sleepers.filter((sleeper) => sleeper !== next)
        now = Math.max(now, next.at)
        next.wake()
        await settle()
      }
      now = end
    },
  }
}

/** A sleep that is over at once, noting how long it should have been. */
export function briefSleep(): { sleep: Sleep; slept: number[] } {
  const slept: number[] = []
  return {
    slept,
    sleep: async (ms) => {
      slept.push(ms)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

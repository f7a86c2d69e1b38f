import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPatience } from '#sandbox/demo/patience'
import { isStep } from '#sandbox/demo/words'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the patience of the demo', () => {
  it('ends when nothing happens, and says what was waited for', () => {
    const { spent, renew } = createPatience(90_000, 'for an issue.')
    vi.advanceTimersByTime(89_000)
    renew()
    vi.advanceTimersByTime(89_000)
    expect(spent.aborted).toBe(false)

    vi.advanceTimersByTime(1_000)
    expect(spent.reason).toMatchObject({ message: 'Nothing happened for 90 s: the demo waits for an issue.' })
  })

  it('never ends once it is stopped', () => {
    const { spent, stop } = createPatience(90_000, 'for an issue.')
    stop()
    vi.advanceTimersByTime(900_000)
    expect(spent.aborted).toBe(false)
  })

  it('is renewed by a step of the work, not by hearing again that there is none', () => {
    expect(isStep({ msg: 'job taken', issue: 1, attempt: 1 })).toBe(true)
    expect(isStep({ msg: 'held back', reason: 'The gate is closed.' })).toBe(false)
    expect(isStep({ msg: 'something else' })).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import type { RunState } from '#lib/councils/service'
import { completed, untilOver } from '#lib/councils/waiting'
import { stored } from '#test/grpc/support/scripted'

/** A run that is in each state for one look; time passes only by sleeping. */
function aRun(...states: RunState[]) {
  let now = 0
  const looks: number[] = []
  const result = async () => {
    looks.push(now)
    return { ...stored, status: states[Math.min(looks.length, states.length) - 1] ?? 'PENDING' }
  }
  const sleep = async (ms: number) => {
    now += ms
  }
  return { looks, ports: { councils: { result }, clock: { now: () => now }, sleep } }
}

describe('waiting for a run', () => {
  it.each(['COMPLETED', 'FAILED', 'TIMEOUT'] as const)('ends as soon as it is %s', async (state) => {
    const { ports, looks } = aRun('PENDING', 'IN_PROGRESS', state)

    expect(await untilOver('x', 24_000, ports)).toMatchObject({ status: state })
    expect(looks).toHaveLength(3)
  })

  it('ends without it when it takes too long, never later than told', async () => {
    const { ports, looks } = aRun('IN_PROGRESS')

    expect(await untilOver('x', 24_000, ports)).toBeUndefined()
    expect(Math.max(...looks)).toBeLessThanOrEqual(24_000)
  })

  it('looks soon at first and rarely later: thirty times in all', async () => {
    const { ports, looks } = aRun('IN_PROGRESS')
    await untilOver('x', 24_000, ports)

    expect(looks[1]).toBeLessThanOrEqual(100)
    expect(looks.length).toBeLessThanOrEqual(32)
  })
})

describe('a run that is over', () => {
  it('is what it came to when it is complete', () => {
    expect(completed(stored)).toBe(stored)
  })

  it.each([
    ['TIMEOUT', 'DEADLINE_EXCEEDED'],
    ['FAILED', 'UNAVAILABLE'],
  ] as const)('%s is told as %s, in its own words', (status, code) => {
    expect(() => completed({ ...stored, status, error_message: 'Every agent failed.' })).toThrow(
      expect.objectContaining({ code, message: 'Every agent failed.', executionId: stored.execution_id }),
    )
  })

  it('was refused by a budget or a vendor: it says so, and not that nobody was there', () => {
    const tags = { ...stored.metadata.tags, error_code: 'RESOURCE_EXHAUSTED' }
    const run = {
      ...stored,
      status: 'FAILED',
      error_message: 'The budget is spent.',
      metadata: { ...stored.metadata, tags },
    } as const
    expect(() => completed(run)).toThrow(expect.objectContaining({ code: 'RESOURCE_EXHAUSTED' }))
  })
})

import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import { carryOut, createCarryOn, LOOK_EVERY_MS } from '#lib/councils/carry-on'
import { LEASE_MS } from '#lib/councils/heartbeat'
import type { RunState } from '#lib/councils/service'
import { stored } from '#test/grpc/support/scripted'
import { aClock } from '#test/helpers/clock'

const ASKING = { correlation_id: 'test' }

describe('carrying on what others left', () => {
  it('begins no more than it may at a time, and none twice', async () => {
    const ends: (() => void)[] = []
    const resumed: string[] = []
    const councils = {
      openRuns: async () => ({ free: ['a', 'b', 'c'].filter((id) => !resumed.includes(id)), held: resumed.length }),
      resume: (id: string) => {
        resumed.push(id)
        return new Promise<typeof stored>((resolve) => void ends.push(() => resolve(stored)))
      },
    }
    const done: string[] = []
    const runs = createCarryOn({
      ...{ councils, clock: aClock(), atOnce: 2, failed: () => undefined },
      carriedOn: (id) => void done.push(id),
    })

    expect(await runs.look(ASKING)).toEqual({ begun: 2, others: 0 })
    expect(await runs.look(ASKING)).toEqual({ begun: 0, others: 0 })
    ends.splice(0).forEach((end) => {
      end()
    })
    await runs.idle()
    expect(await runs.look(ASKING)).toMatchObject({ begun: 1 })

    expect({ resumed, done }).toEqual({ resumed: ['a', 'b', 'c'], done: ['a', 'b'] })
  })

  it('knows how many runs are in other hands, so that it can wait for them', async () => {
    const councils = { openRuns: async () => ({ free: ['a'], held: 3 }), resume: async () => stored }
    const runs = createCarryOn({
      ...{ councils, clock: aClock(), atOnce: 2 },
      ...{ carriedOn: () => undefined, failed: () => undefined },
    })
    expect(await runs.look(ASKING)).toEqual({ begun: 1, others: 3 })
  })

  it('finds a run within half a minute of the last sign of its holder', () => {
    expect(LEASE_MS + LOOK_EVERY_MS).toBeLessThan(seconds(30))
  })
})

describe('carrying out one run', () => {
  const aRun = (...states: RunState[]) => {
    const asked: string[] = []
    const resume = async (id: string) => {
      asked.push(id)
      return { ...stored, status: states[asked.length - 1] ?? 'COMPLETED' }
    }
    return { asked, councils: { resume } }
  }
  const sleep = async () => undefined

  it('waits for a holder that may have died, and takes the run when it is free', async () => {
    const { asked, councils } = aRun('IN_PROGRESS', 'IN_PROGRESS', 'COMPLETED')
    await carryOut(councils, 'x', ASKING, sleep)
    expect(asked).toEqual(['x', 'x', 'x'])
  })

  it('ends when the process may go on no longer', async () => {
    const { asked, councils } = aRun('IN_PROGRESS', 'IN_PROGRESS')
    await carryOut(councils, 'x', { ...ASKING, signal: AbortSignal.abort() }, sleep)
    expect(asked).toEqual(['x'])
  })
})

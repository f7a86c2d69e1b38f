import { expect, it } from 'vitest'
import { recentStats } from '#grpc/recent'
import type { Stats } from '#lib/councils/service'
import { aClock } from '#test/helpers/clock'

const aCount = (total_deliberations: number): Stats => ({
  total_deliberations,
  total_orchestrations: 0,
  avg_deliberation_time_ms: 0,
  active_councils: 0,
  role_counts: {},
})

it('statistics are looked up once a second, and again at once after a failure', async () => {
  const clock = aClock()
  let looks = 0
  const { stats } = recentStats(
    {
      stats: async () => {
        looks += 1
        if (looks === 1) throw new Error('the table is busy')
        return aCount(looks)
      },
    },
    clock,
  )

  await expect(stats()).rejects.toThrow('the table is busy')
  expect(await Promise.all([stats(), stats()])).toEqual([aCount(2), aCount(2)])
  clock.advance(999)
  expect(await stats()).toEqual(aCount(2))
  clock.advance(1)
  expect(await stats()).toEqual(aCount(3))
})

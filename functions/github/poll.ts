/** Every GITHUB_POLL_INTERVAL, and POST /github/poll: ask GitHub what changed, and end the leases that ran out. */
import { systemClock } from '#lib/clock'
import { pollAll } from '#lib/github/wiring'
import { api } from '#lib/http/api'
import { scheduled } from '#lib/http/scheduled'
import { isIdlePoll } from '#lib/queue/poll'
import { queue } from '#lib/queue/wiring'

async function run(correlationId: string) {
  const reaped = await queue.reap({ now: systemClock.now(), correlation_id: correlationId })
  return { repositories: await pollAll(correlationId), reaped }
}

export const schedule = scheduled(
  'github-poll',
  ({ correlationId }) => run(correlationId),
  ({ repositories, reaped }) => reaped === 0 && repositories.every(isIdlePoll),
)

export const now = api({ scope: 'operator' }, ({ correlationId }) => run(correlationId))

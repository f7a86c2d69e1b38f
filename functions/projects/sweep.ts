/** Every five minutes, and POST /orchestrate/sweep: heal the CronJobs of all projects that need it. */
import { fromTimestamp, seconds } from '#lib/clock'
import { api } from '#lib/http/api'
import { scheduled } from '#lib/http/scheduled'
import { projectsInBackground } from '#lib/projects/cluster-wiring'
import { isIdleSweep } from '#lib/projects/sweep'

/** Whoever asks waits 29 s at most; what is left then is the next scheduled sweep's. */
const BEGIN_WITHIN = seconds(18)

export const schedule = scheduled(
  'projects-sweep',
  ({ correlationId, event }) => {
    const scheduled_for = event.time === undefined ? undefined : fromTimestamp(event.time)
    return projectsInBackground(correlationId).sweep({ correlation_id: correlationId, scheduled_for })
  },
  isIdleSweep,
)

export const now = api({ scope: 'operator' }, ({ correlationId }) =>
  projectsInBackground(correlationId).sweep({ correlation_id: correlationId, begin_within: BEGIN_WITHIN }),
)

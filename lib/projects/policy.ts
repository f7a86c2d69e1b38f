/** What an operator allows for a project: its policy, and a pause. */
import { type Clock, fromTimestamp, toTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import { HEALS_PER_HOUR, type Mode, type Settings } from './model.ts'
import type { Upstream } from './ports.ts'
import type { ProjectStore } from './store-ports.ts'
import { DEFAULT_SCHEDULE } from './timing.ts'

/** As it is put: what is left out is as by default. */
export interface Policy {
  readonly mode: Mode
  readonly schedule?: string | undefined
  readonly time_zone?: string | undefined
  readonly ignore_drift?: readonly string[] | undefined
  readonly heals_per_hour?: number | undefined
}

export interface PolicyPorts {
  readonly store: ProjectStore
  readonly upstream: Upstream
  readonly clock: Clock
}

export function createPolicies({ store, upstream, clock }: PolicyPorts) {
  return {
    async read(project: string) {
      const { settings, state } = await store.load(project)
      if (state.seq === 0) await mustExist(project)
      return policyView(project, settings, clock.now())
    },

    async put(project: string, policy: Policy) {
      await mustExist(project)
      const { mode, schedule = null, time_zone = null, ignore_drift = [], heals_per_hour = HEALS_PER_HOUR } = policy
      const now = clock.now()
      const change = { mode, schedule, schedule_at: now, time_zone, ignore_drift: [...ignore_drift], heals_per_hour }
      return policyView(project, await store.saveSettings(project, change), now)
    },

    /** Nothing is healed or changed before `until`; one in the past ends a pause. */
    async pause(project: string, pause: { readonly until: string; readonly reason: string }) {
      await mustExist(project)
      const paused = { until: fromTimestamp(pause.until), reason: pause.reason }
      return policyView(project, await store.saveSettings(project, { paused }), clock.now())
    },
  }

  /** Throws `not_found` when the project is known to be unknown. Settings can be changed while the service is away. */
  async function mustExist(project: string): Promise<void> {
    try {
      await upstream.project(project)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'upstream_unavailable') throw error
    }
  }
}

function policyView(project: string, settings: Settings, now: number) {
  const { mode, schedule, time_zone, ignore_drift, heals_per_hour, paused } = settings
  const holds = paused !== null && paused.until > now
  return {
    project_id: project,
    mode,
    schedule: schedule ?? DEFAULT_SCHEDULE,
    time_zone,
    ignore_drift,
    heals_per_hour,
    paused: holds ? { until: toTimestamp(paused.until), reason: paused.reason } : null,
  }
}

/** The daily lesson: learns how sprints went that others closed, then turns episodes into strategies. */
import type { Clock } from '#lib/clock'
import { attempt } from './effects.ts'
import { learn } from './learn.ts'
import type { Episode } from './model.ts'
import { clamp, halfEven } from './numbers.ts'
import { inParallel } from './parallel.ts'
import type { Upstream } from './ports.ts'
import type { Memory } from './store-ports.ts'

export interface LearningPorts {
  readonly memory: Memory
  readonly upstream: Upstream
  readonly clock: Clock
}

const PROJECTS_AT_ONCE = 8

export function createLearning({ memory, upstream, clock }: LearningPorts) {
  return async function learnDaily() {
    const episodes = await memory.all()
    const open = Map.groupBy(
      episodes.filter(({ outcome }) => outcome === null),
      ({ project_id }) => project_id,
    )
    const results = await inParallel([...open], PROJECTS_AT_ONCE, ([project, ours]) => settleProject(project, ours))
    const bug = results.find((result) => result.status === 'rejected')
    if (bug !== undefined) throw bug.reason
    const settled = results.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0)
    const changed = learn(settled > 0 ? await memory.all() : episodes, await memory.strategies(), clock.now())
    for (const strategy of changed) await memory.saveStrategy(strategy)
    return {
      episodes: episodes.length,
      settled,
      strategies: changed.filter(({ retired_at }) => retired_at === null).map(({ strategy_id }) => strategy_id),
      retired: changed.filter(({ retired_at }) => retired_at !== null).map(({ strategy_id }) => strategy_id),
    }
  }

  /** How many of a project's episodes have come to their end. A project that cannot be asked is asked tomorrow. */
  async function settleProject(project: string, episodes: readonly Episode[]): Promise<number> {
    const tried = await attempt(() => upstream.sprints(project))
    if ('error' in tried) return 0
    let settled = 0
    for (const episode of episodes) {
      const sprint = tried.done.find(({ sprint_id }) => sprint_id === episode.sprint_id)
      if (sprint === undefined || sprint.status === 'in_progress') continue
      const summary = await attempt(() => upstream.taskSummary(sprint.sprint_id))
      if ('error' in summary || summary.done === null) continue
      // Closing moves what is open out of a sprint, so the tasks it began with are the measure.
      const { completed_tasks, total_tasks } = summary.done
      const begun = Math.max(episode.tasks, total_tasks)
      // A sprint that never had a task proves nothing.
      if (begun === 0) continue
      const outcome = halfEven(clamp(completed_tasks / begun, 0, 1), 4)
      await memory.settle(project, sprint.sprint_id, outcome, clock.now())
      settled += 1
    }
    return settled
  }
}

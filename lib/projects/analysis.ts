/**
 * Looks at a project: all reads at once under one deadline, then at most one more round for what depends on the active
 * sprint. The sprint that was active last is asked about in the first round already, so that the second is rarely needed.
 */
import type { Clock, Sleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { assemble } from './assemble.ts'
import { boundedHistory } from './bounds.ts'
import { deadline, type Within } from './deadline.ts'
import { withHolder } from './holder.ts'
import type { Options } from './model.ts'
import type { CronJobs, History, LiveCronJob, Sprint, Upstream } from './ports.ts'
import type { Analysed, Ask, Seen, SprintFacts } from './seen.ts'
import type { Known, Memory } from './store-ports.ts'
import { spanFrom } from './timing.ts'

export interface AnalysisPorts {
  readonly upstream: Upstream
  readonly cronJobs: CronJobs
  readonly memory: Memory
  readonly clock: Clock
  /** Wakes when a deadline is over. */
  readonly alarm: Sleep
}

type Span = Pick<Sprint, 'start_date' | 'end_date'> & { readonly sprint_id: string | null }

/** Reads get this long together; half of what a caller behind API Gateway can wait. */
export const READ_MS = 12_000
/** Chronicle only adds advice: it is not waited for longer than this. */
const CHRONICLE_MS = 3_000

export function createAnalysis(ports: AnalysisPorts) {
  const { upstream, cronJobs, memory, clock, alarm } = ports

  /** Throws `not_found` for an unknown project, `upstream_unavailable` naming the service that is needed and away. */
  return async function analyse(project: string, ask: Ask, known: Known): Promise<Analysed> {
    const seen = await look(project, ask, known)
    return assemble(seen, ask, known, (sprint) => cronJobs.nameOf(project, sprint))
  }

  async function look(project: string, { options }: Ask, known: Known): Promise<Seen> {
    const now = clock.now()
    const within = deadline(alarm, READ_MS)
    const ahead: Span = { sprint_id: null, ...spanFrom(now, options.sprint_duration_weeks) }
    const guess = known.state.active ?? ahead
    const [details, team, backlog, sprints, tasks, lives, history, strategies, guessed] = await Promise.allSettled([
      within('project', upstream.project(project)),
      within('project', upstream.team(project)),
      within('backlog', upstream.backlog(project)),
      within('sprint', upstream.sprints(project)),
      within('backlog', upstream.tasks(project)),
      within('cluster', cronJobs.ofProject(project)),
      deadline(alarm, CHRONICLE_MS)('chronicle', upstream.history(project)),
      memory.strategies(),
      factsOf(project, guess, within),
    ])
    const seen = {
      project,
      now,
      // The project first: whether it exists decides what the other answers mean.
      details: needed(details),
      team: needed(team),
      backlog: needed(backlog),
      sprints: needed(sprints),
      tasks: needed(tasks),
      strategies: needed(strategies),
      history: optional(history),
    }
    const sprint = seen.sprints.find(({ status }) => status === 'in_progress') ?? null
    const span = spanOf(sprint, ahead)
    return {
      ...seen,
      sprint,
      facts: sameSpan(span, guess) ? needed(guessed) : await factsOf(project, span, within),
      lives: needsCluster(sprint, options, seen.backlog.unassigned) ? await all(project, lives, sprint) : [],
    }
  }

  async function all(project: string, lives: PromiseSettledResult<readonly LiveCronJob[]>, sprint: Sprint | null) {
    const within = deadline(alarm, READ_MS)
    const found = withHolder(cronJobs, clusterAnswer(lives), project, sprint?.sprint_id)
    const [answer] = await Promise.allSettled([within('cluster', found)])
    return clusterAnswer(answer)
  }

  async function factsOf(project: string, span: Span, within: Within): Promise<SprintFacts> {
    const { sprint_id, start_date, end_date } = span
    const [tasks, availability] = await Promise.all([
      sprint_id === null ? null : within('sprint', upstream.taskSummary(sprint_id)),
      within('project', upstream.availability(project, start_date, end_date)),
    ])
    return { tasks, availability }
  }
}

/** Chronicle's answer, cut to what a decision may be made from; null when it gave none. */
export function optional(result: PromiseSettledResult<History>): History | null {
  if (result.status === 'rejected') {
    if (result.reason instanceof AppError) return null
    throw result.reason
  }
  return boundedHistory(result.value)
}

export function needed<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

/** What the cluster said. Its refusals are not our caller's fault, so they become `upstream_unavailable`. */
export function clusterAnswer(result: PromiseSettledResult<readonly LiveCronJob[]>): readonly LiveCronJob[] {
  if (result.status === 'fulfilled') return result.value
  const { reason } = result
  if (!(reason instanceof AppError) || reason.code === 'upstream_unavailable') throw reason
  const details = { ...reason.details, service: 'cluster' }
  throw new AppError('upstream_unavailable', reason.message, { cause: reason, details })
}

/** A sprint whose days cannot be read is taken to be ahead. */
function spanOf(sprint: Sprint | null, ahead: Span): Span {
  if (sprint === null || (sprint.start_date !== '' && sprint.end_date !== '')) return sprint ?? ahead
  return { ...ahead, sprint_id: sprint.sprint_id }
}

function needsCluster(sprint: Sprint | null, options: Options, unassigned: number): boolean {
  return sprint !== null || (options.create_sprint_if_needed && options.create_cronjob && unassigned > 0)
}

function sameSpan(a: Span, b: Span): boolean {
  return a.sprint_id === b.sprint_id && a.start_date === b.start_date && a.end_date === b.end_date
}

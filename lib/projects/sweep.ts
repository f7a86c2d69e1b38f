/**
 * The sweep: looks at all projects with one list of CronJobs and one call each, plans, and heals what needs it, each
 * project under its own lock and apart from the others' failures.
 */
import { type Instant, minutes, seconds } from '#lib/clock'
import { AppError, toAppError } from '#lib/errors'
import type { Ids } from '#lib/ids'
import { inParallel } from './parallel.ts'
import { type Cared, type CarePorts, createCare, type Told } from './sweep-care.ts'
import { AT_ONCE, createLook, type Failed, failed } from './sweep-look.ts'
import { type Duplicate, planSweep, type Unhealed } from './sweep-plan.ts'

export interface SweepPorts extends CarePorts {
  readonly ids: Ids
}

export interface SweepRun {
  readonly correlation_id: string
  /** When the schedule wanted it; a later sweep makes it pointless. */
  readonly scheduled_for?: Instant | undefined
  /** Milliseconds after which nothing new is begun; 90 s unless told otherwise. */
  readonly begin_within?: number | undefined
}

export interface SweepReport {
  readonly status: 'done' | 'overlapped' | 'outdated'
  readonly projects: number
  readonly cronjobs: number
  /** Decisions that created, repaired or deleted a CronJob. */
  readonly healed: readonly Told[]
  /** Decisions that changed nothing: what they warn of is new. */
  readonly warned: readonly Told[]
  readonly waiting: readonly string[]
  readonly busy: readonly string[]
  /** Projects that could not be read, and heals that failed. */
  readonly failed: readonly Failed[]
  readonly reports: readonly { readonly cronjob_name: string; readonly problem: string }[]
  /** Projects whose CronJob is not as it should be and was not healed, for a reason that stands: no failure of now. */
  readonly unhealed: readonly Unhealed[]
  /** Second CronJobs of one sprint. */
  readonly duplicates: readonly Duplicate[]
  /** Rights in the cluster that we lack; looked up only when something went wrong there. */
  readonly missing_rights: readonly { readonly verb: string; readonly resource: string }[]
  readonly ms: number
}

/** Every project was seen and left as it is. */
export function isIdleSweep(report: SweepReport): boolean {
  const { healed, warned, waiting, busy, failed, reports, unhealed, duplicates, missing_rights } = report
  const lists = [healed, warned, waiting, busy, failed, reports, unhealed, duplicates, missing_rights]
  return report.status === 'done' && lists.every((list) => list.length === 0)
}

/** The function that sweeps lives two minutes; a sweep that died is over a little later, before the next one is due. */
const HELD_MS = seconds(130)
/** So that what is under way can end in time. */
const BEGIN_WITHIN_MS = seconds(90)
const LOCK = 'sweep:projects'
/** What the health names: enough for the words of a cluster, few enough for two write units. */
const MOST_NAMED = 3
const LONGEST_PROBLEM = 400
/** A minute between the clock of the schedule and ours is no reason to doubt it. */
const FUTURE_MS = minutes(1)
const NOTHING: Omit<SweepReport, 'status' | 'ms'> = {
  projects: 0,
  cronjobs: 0,
  healed: [],
  warned: [],
  waiting: [],
  busy: [],
  failed: [],
  reports: [],
  unhealed: [],
  duplicates: [],
  missing_rights: [],
}

export function createSweep(ports: SweepPorts) {
  const { store, clock, ids, cronJobs } = ports
  const look = createLook(ports)
  const cared = createCare(ports)

  /** Throws when nothing could be read; what fails for single projects is in the report. */
  return async function sweep(run: SweepRun): Promise<SweepReport> {
    const startedAt = clock.now()
    const report = (status: SweepReport['status'], found: typeof NOTHING) => {
      return { status, ...found, ms: clock.now() - startedAt }
    }
    const token = await store.lock(LOCK, ids.uuid(), startedAt, startedAt + HELD_MS)
    if (token === undefined) return report('overlapped', NOTHING)
    try {
      if (await isOutdated(run, startedAt)) return report('outdated', NOTHING)
      return report('done', await noted(await swept(run, startedAt)))
    } catch (error) {
      const rights = await missingRights()
      await note(false, rights.length === 0 ? toAppError(error).message : wordsOf(rights))
      throw error
    } finally {
      // It runs out by itself; a sweep that was done is not undone by that.
      await store.unlock(LOCK, token).catch(() => undefined)
    }
  }

  async function noted(found: typeof NOTHING): Promise<typeof NOTHING> {
    const missing_rights = found.failed.length === 0 ? [] : await missingRights()
    const isWell = missing_rights.length === 0 && wrongIn(found).length === 0
    await note(isWell, missing_rights.length === 0 ? summaryOf(found) : wordsOf(missing_rights))
    return { ...found, missing_rights }
  }

  /** A cluster that cannot even say what it allows has said what is wrong otherwise. */
  async function missingRights(): Promise<SweepReport['missing_rights']> {
    return cronJobs.preflight().catch(() => [])
  }

  /** What is remembered for people only must not undo a sweep. */
  async function note(ok: boolean, detail: string): Promise<void> {
    await store.noteSweep({ ok, detail, at: clock.now() }).catch(() => undefined)
  }

  async function isOutdated({ scheduled_for }: SweepRun, now: Instant): Promise<boolean> {
    if (scheduled_for === undefined || scheduled_for > now + FUTURE_MS) return false
    return !(await store.beginSweep(scheduled_for))
  }

  async function swept(run: SweepRun, startedAt: Instant): Promise<typeof NOTHING> {
    const end = startedAt + (run.begin_within ?? BEGIN_WITHIN_MS)
    const inTime = () => {
      if (clock.now() > end) throw new AppError('unavailable', 'The sweep ran out of time.')
    }
    const { snapshot, failures } = await look(inTime)
    const { verdicts, unhealed, reports, duplicates } = planSweep(snapshot)
    const having = (verdict: string) => [...verdicts].flatMap(([project, its]) => (its === verdict ? [project] : []))

    const lives = Map.groupBy(snapshot.cronJobs, ({ project }) => project)
    const seqs = new Map(snapshot.observed.map(({ project, known }) => [project, known.state.seq]))
    const seenOf = (project: string) => ({ seq: seqs.get(project) ?? -1, lives: lives.get(project) ?? [] })
    const due = having('care')
    const results = await inParallel(due, AT_ONCE, async (project) => {
      inTime()
      return cared(project, seenOf(project), run.correlation_id)
    })
    const recovered = having('recovered')
    await inParallel(recovered, AT_ONCE, (project) => store.remember(project, { backoff: null, noted: null }))
    const outcomes = results.map((result, at) => outcomeOf(result, due[at] ?? ''))
    return {
      projects: snapshot.observed.length + snapshot.unread.length,
      cronjobs: snapshot.cronJobs.length,
      healed: outcomes.flatMap((one) => one.healed ?? []),
      warned: outcomes.flatMap((one) => one.warned ?? []),
      waiting: having('waiting'),
      busy: outcomes.flatMap((one) => one.busy ?? []),
      failed: [...failures, ...outcomes.flatMap((one) => one.failed ?? [])],
      reports,
      unhealed: [...unhealed, ...outcomes.flatMap((one) => one.unhealed ?? [])],
      duplicates,
      missing_rights: [],
    }
  }
}

function summaryOf(found: typeof NOTHING): string {
  const { projects, cronjobs, healed, failed } = found
  const counts = `${projects} projects, ${cronjobs} CronJobs, ${healed.length} healed`
  const wrong = wrongIn(found)
  const named = wrong.slice(0, MOST_NAMED).map(({ project_id, problem }) => ` ${project_id}: ${sentence(problem)}`)
  const more =
    wrong.length > MOST_NAMED ? ` ${wrong.length - MOST_NAMED} more: POST /orchestrate/sweep lists them.` : ''
  return `Swept ${counts}${failed.length === 0 ? '' : `, ${failed.length} failed`}.${named.join('')}${more}`
}

/** What keeps a sweep from being well: CronJobs that are not as they should be, and projects that could not be read. */
function wrongIn({ failed, unhealed }: typeof NOTHING): readonly Unhealed[] {
  // An id that the routes refuse is its owner's to mend, and no failure of ours.
  const failures = failed.filter(({ code }) => code !== 'invalid')
  return [...failures.map(({ project_id, detail }) => ({ project_id, problem: detail })), ...unhealed]
}

function sentence(text: string): string {
  return text.length > LONGEST_PROBLEM ? `${text.slice(0, LONGEST_PROBLEM)}…` : text.endsWith('.') ? text : `${text}.`
}

function wordsOf(rights: SweepReport['missing_rights']): string {
  const listed = rights.map(({ verb, resource }) => `${verb} ${resource}`).join(', ')
  return `The cluster does not allow us to ${listed}: apply deploy/rbac.yaml.`
}

interface ProjectOutcome {
  readonly healed?: Told
  readonly warned?: Told
  readonly busy?: string
  readonly failed?: Failed
  readonly unhealed?: Unhealed
}

function outcomeOf(result: PromiseSettledResult<Cared | 'busy'>, project: string): ProjectOutcome {
  if (result.status === 'rejected') return { failed: failed(project, result.reason) }
  if (result.value === 'busy') return { busy: project }
  const { told, changed, failures, problem } = result.value
  const detail = failures.join('; ')
  return {
    ...(told !== undefined && changed && { healed: told }),
    ...(told !== undefined && !changed && failures.length === 0 && { warned: told }),
    ...(failures.length > 0 && { failed: { project_id: project, code: 'heal_failed', detail } }),
    ...(problem !== null && { unhealed: { project_id: project, problem } }),
  }
}

/** Stores the run of a request, or finds the one that the same request made before. */
import type { Clock } from '#lib/clock'
import { type Budgets, isDaySpent } from './budget.ts'
import { dayOf, msToNextDay } from './days.ts'
import { CouncilError } from './errors.ts'
import { idOfTask, type Opened } from './opening.ts'
import type { Run, RunLease } from './run.ts'
import type { RunStore } from './store-ports.ts'

export interface SubmitPorts {
  readonly store: RunStore
  readonly clock: Clock
  readonly budgets: Budgets
}

export interface Submitted {
  readonly run: Run
  /** False when the run was there before. */
  readonly fresh: boolean
}

/** Failed runs of the same task and request: after so many the last one is the answer. */
const MAX_ATTEMPTS = 20

export function createSubmit({ store, clock, budgets }: SubmitPorts) {
  /**
   * Stores the run under `lease`. With a task id of the caller's, a repeat of the same (task id, request) finds the run
   * that is under way or completed; one that failed is tried anew, as a run of its own. The same task id with another
   * request is another run; the task's newest run answers for it.
   */
  return async function submit(opened: Opened, lease: RunLease): Promise<Submitted> {
    const { task_id, execution_id } = opened.run
    if (task_id === execution_id) return create(opened, lease, execution_id)
    let last: Submitted | undefined
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const id = idOfTask(task_id, opened.run.request, attempt)
      const found = await store.find(id)
      last = found === undefined ? await create(opened, lease, id) : { run: found, fresh: false }
      if (last.run.standing.kind !== 'failed') break
    }
    if (last === undefined) throw new Error('No attempt was made.')
    return last
  }

  async function create({ run, brief }: Opened, lease: RunLease, execution_id: string): Promise<Submitted> {
    await mustHaveBudget()
    const wanted = { ...run, execution_id, lease }
    // The pointer first: one that leads to no run yet is harmless, a run that its task does not lead to is lost.
    if (run.task_id !== run.execution_id) await store.point(run.task_id, execution_id)
    const stored = await store.create(wanted, brief)
    return { run: stored, fresh: stored.seed === wanted.seed }
  }

  async function mustHaveBudget(): Promise<void> {
    const now = clock.now()
    const { day } = budgets
    if (day.tokens === null && day.usd === null) return
    if (!isDaySpent(budgets, await store.spentOn(dayOf(now)))) return
    throw new CouncilError('RESOURCE_EXHAUSTED', 'The budget of this day is spent. It is a new one at midnight UTC.', {
      retryAfterMs: msToNextDay(now),
    })
  }
}

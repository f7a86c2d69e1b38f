/** Every sentence that a decision says. Consumers match on some of them: change none, add what is new. */
import { type Instant, toTimestamp } from '#lib/clock'
import type { Adjustment, CronJobView, Restraint } from './model.ts'
import type { Conflict, Drift } from './ports.ts'

/** How clauses of a reasoning are joined. */
export const JOINT = '; '

export const holidaysNote = (n: number): string => `Note: Sprint timeline includes ${n} holiday(s) or PTO day(s).`

export function conflictWarning({ type, name, date }: Conflict): string {
  return `Sprint timeline includes upcoming ${type === 'pto' ? 'PTO' : 'holiday'}: ${name} on ${date}`
}

export const missing = (sprint: string): string =>
  `Active sprint ${sprint} found, but its corresponding CronJob was missing. Recreating the CronJob to ensure process continuity.`

export const present = (sprint: string): string =>
  `Active sprint ${sprint} found with an existing CronJob. No action needed.`

export const missingUnwanted = (sprint: string): string =>
  `Active sprint ${sprint} found, but its corresponding CronJob was missing. It was not recreated, because create_cronjob is false.`

export const noCronJob = (sprint: string): string => `Sprint ${sprint} has no CronJob: its daily scrums do not run`

export const drifted = (sprint: string, { drift }: CronJobView): string =>
  `Active sprint ${sprint} found, but its CronJob has drifted from its manifest at ${pointers(drift)}. Repairing the CronJob.`

export const notFiring = (sprint: string, { missed_runs }: CronJobView): string =>
  `Active sprint ${sprint} found, but its CronJob missed ${missed_runs} run(s). Recreating the CronJob so that it fires again.`

export const notFiringWarning = ({ name, missed_runs }: CronJobView): string =>
  `CronJob ${name} is alive but not firing: ${missed_runs} run(s) missed`

export const runsOn = ({ name, active, missed_runs }: CronJobView): string =>
  `CronJob ${name} missed ${missed_runs} run(s) while ${active} of its jobs still run(s)`

export const driftWarning = ({ name, drift }: CronJobView): string =>
  `CronJob ${name} has drifted: ${drift.map(({ pointer, wanted, found }) => `${pointer} is ${found}, should be ${wanted}`).join(', ')}`

export const obstructed = (sprint: string, obstacle: string): string =>
  `Active sprint ${sprint} found with a CronJob that cannot be cared for. ${obstacle}.`

export const terminating = (name: string): string =>
  `CronJob ${name} is terminating: it was deleted, a finalizer holds it, and it does not fire. It is made again once it is gone`

export function notOurs({ name, owner, owner_name }: Pick<CronJobView, 'name' | 'owner' | 'owner_name'>): string {
  if (owner === 'stranger') return `CronJob ${name} is not ours; it is left alone`
  return `CronJob ${name} belongs to another installation of Coxswain (${owner_name}); it is left alone`
}

export const foughtOver = (name: string, drift: readonly Pick<Drift, 'pointer'>[]): string =>
  `CronJob ${name} is fought over at ${pointers(drift)}: something in the cluster rewrites what is repaired there. It is not repaired again until it changes`

export const duplicate = (name: string, sprint: string): string =>
  `CronJob ${name} is a second one for sprint ${sprint}. Deleting the one of the wrong name.`

export const duplicateWarning = (name: string, sprint: string): string =>
  `Sprint ${sprint} has a second CronJob, ${name}: its daily scrum runs twice`

export const finished = (sprint: string, total: number): string =>
  `Active sprint ${sprint} has completed all of its ${total} task(s). Closing the sprint and deleting its CronJob.`

export const overdue = (sprint: string, end: string, open: number): string =>
  `Sprint ${sprint} is past its end date ${end} with ${open} open task(s)`

export const creating = (name: string, tasks: number, unassigned: number, weeks: number): string =>
  `No active sprint and ${unassigned} unassigned task(s) found. Creating sprint ${name} of ${weeks} week(s) with ${tasks} task(s).`

export const nothingToDo = 'No active sprint and no unassigned tasks found. Maintenance mode, no action needed.'
export const notWanted =
  'No active sprint found, but create_sprint_if_needed is false. Maintenance mode, no action needed.'
export const noSprint = 'No active sprint found. No action needed.'

export const orphaned = (name: string, sprint: string): string =>
  `CronJob ${name} belongs to sprint ${sprint}, which is closed. Deleting the CronJob.`

export const removalAsked = (name: string): string => `An operator asked for CronJob ${name} to be deleted.`

export const chronicleAway = 'Chronicle is unreachable: decided by rules alone'

export const chroniclePart = (part: string): string => `Chronicle's ${part} could not be read: decided without`

export const tasksUnread = (sprint: string): string =>
  `The sprint service does not say how many tasks of sprint ${sprint} are open: it is not closed before it does`

export const budgetSpent = (name: string, allowed: number): string =>
  `CronJob ${name} needed healing more than ${allowed} time(s) within an hour. It is left alone until the hour is over`

export function healFailed({ failures, until }: { readonly failures: number; readonly until: Instant }): string {
  return `The heal of its CronJob failed ${failures} time(s); the next sweep after ${toTimestamp(until)} tries again`
}

export function heldBack({ mode, paused }: Restraint): string {
  if (paused !== null) return `Paused until ${toTimestamp(paused.until)} (${paused.reason}): nothing was changed`
  return `The policy of this project is "${mode}": nothing was changed`
}

export function adjusted(what: string, { original_recommendation, applied_value, ...why }: Adjustment): string {
  const source = why.evidence_source.replaceAll('_', ' ')
  return `Adjusted ${what} from ${original_recommendation} to ${applied_value} by ${source} (confidence ${why.confidence.toFixed(2)}).`
}

export const action = {
  created: (cronJob: string) => `Created cronjob ${cronJob}`,
  repaired: (cronJob: string) => `Repaired cronjob ${cronJob}`,
  deleted: (cronJob: string) => `Deleted cronjob ${cronJob}`,
  notCreated: (sprint: string) => `Failed to create cronjob for sprint ${sprint}`,
  notRepaired: (sprint: string) => `Failed to repair cronjob for sprint ${sprint}`,
  sprintCreated: (sprint: string) => `Created new sprint ${sprint}`,
  assigned: (tasks: number) => `Assigned ${tasks} tasks to sprint`,
  sprintClosed: (sprint: string) => `Closed sprint ${sprint}`,
} as const

/** What somebody else did between our look and our step. */
export const notice = {
  closedElsewhere: (sprint: string) => `Sprint ${sprint} was not closed by us: it was not in progress any more`,
  sprintGone: (sprint: string) => `Sprint ${sprint} was not closed: the sprint service does not know it any more`,
  openedElsewhere: (name: string, active: string) =>
    `Sprint ${name} was not created: sprint ${active} of this project is in progress already`,
  notCreated: (name: string, said: string) => `Sprint ${name} was not created: the sprint service refused (${said})`,
} as const

function pointers(drift: readonly Pick<Drift, 'pointer'>[]): string {
  return drift.map(({ pointer }) => pointer).join(', ')
}

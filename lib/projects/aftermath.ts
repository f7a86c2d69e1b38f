/** What a project remembers after a decision: pure, from what it remembered before and the decision's record. */
import { minutes } from '#lib/clock'
import { cronJobOf, eventsOf } from './events.ts'
import type { DecisionRecord, ProjectState } from './model.ts'
import { HEAL_WINDOW, spanFrom } from './timing.ts'

/** The first retry waits for the next sweep, each further one twice as long, an hour at most. */
const FIRST_BACKOFF = minutes(4)
const LONGEST_BACKOFF = minutes(60)
/** No CronJob is healed more often than this in an hour, so more entries are never needed. */
const MOST_HEALS = 100

export function stateAfter(before: ProjectState, record: DecisionRecord): ProjectState {
  const now = record.finished_at
  const { decision, outcome } = record
  const isHeal = decision.type === 'SELF_HEAL' || decision.type === 'REPAIR_DRIFT'
  const mended = outcome.cronjobs.filter(({ did }) => did !== 'deleted')
  const heals = [
    ...before.heals.filter(({ at }) => at > now - HEAL_WINDOW),
    ...(isHeal ? mended.map(({ name }) => ({ name, at: now })) : []),
  ].slice(-MOST_HEALS)
  return {
    seq: record.seq,
    events: before.events + eventsOf(record).length,
    fence: before.fence,
    last_at: record.at,
    open: null,
    active: activeAfter(before, record),
    heals,
    tripped: trippedAfter({ ...before, heals }, record),
    backoff: backoffAfter(before, record),
    touched_at: mended.length > 0 ? now : before.touched_at,
    named: namedAfter(before, record),
    fought: foughtAfter(before, record),
    noted: record.trigger === 'sweep' && decision.steps.length === 0 ? noteOf(record) : before.noted,
  }
}

/** Remembered until a repair holds or the CronJob is another one. */
function foughtAfter({ fought }: ProjectState, { outcome }: DecisionRecord): ProjectState['fought'] {
  if (outcome.fought !== null) return outcome.fought
  return outcome.cronjobs.some(({ name }) => name === fought?.name) ? null : fought
}

/** What the sweep warns of, in one line, to tell whether it is news. */
export function noteOf({ decision }: Pick<DecisionRecord, 'decision'>): string {
  return [decision.reasoning, ...decision.warnings].join('\n')
}

/** A sprint that was just opened begins today, as far as can be told; a wrong guess costs the next analysis a round. */
function activeAfter(before: ProjectState, record: DecisionRecord): ProjectState['active'] {
  const { inputs, outcome, decision } = record
  if (inputs.kind === 'removal') return before.active
  if (outcome.sprint_created !== null) {
    const span = spanFrom(record.at, decision.sprint_duration_weeks ?? 0)
    return { sprint_id: outcome.sprint_created.sprint_id, ...span }
  }
  const { sprint } = inputs
  if (sprint === null || outcome.sprint_closed !== null) return null
  return { sprint_id: sprint.sprint_id, start_date: sprint.start_date, end_date: sprint.end_date }
}

function trippedAfter({ tripped, heals }: ProjectState, { decision, inputs, finished_at: now }: DecisionRecord) {
  if (!decision.budget_tripped || inputs.kind === 'removal')
    return tripped !== null && tripped.until > now ? tripped : null
  const { name } = inputs.healing
  const first = heals.find((heal) => heal.name === name)?.at ?? now
  return { name, until: first + HEAL_WINDOW }
}

/** A sweep that failed waits longer and longer; whoever does what was meant, a sweep or a request, ends that. */
function backoffAfter(
  before: ProjectState,
  { trigger, outcome, finished_at: now }: DecisionRecord,
): ProjectState['backoff'] {
  if (trigger === 'removal') return before.backoff
  if (outcome.failures.length === 0) return null
  return trigger === 'sweep' ? longer(before.backoff, now) : before.backoff
}

export function longer(backoff: ProjectState['backoff'], now: number): NonNullable<ProjectState['backoff']> {
  const failures = (backoff?.failures ?? 0) + 1
  return { failures, until: now + Math.min(FIRST_BACKOFF * 2 ** Math.min(failures - 1, 10), LONGEST_BACKOFF) }
}

/** A schedule that a request named counts from when a CronJob was made or mended by it. */
function namedAfter(before: ProjectState, record: DecisionRecord): ProjectState['named'] {
  const { inputs, outcome } = record
  if (inputs.kind !== 'orchestration' || inputs.timing.source !== 'request' || cronJobOf(record) === null)
    return before.named
  const mended = outcome.cronjobs.find(({ did }) => did !== 'deleted')
  if (mended === undefined) return before.named
  return { sprint_id: mended.sprint_id, schedule: inputs.timing.schedule, at: record.at }
}

/** The words of the projects domain, as types. */
import type * as z from 'zod'
import type { cronJobView } from './observed.ts'
import type * as record from './record.ts'

export type CronJobView = z.output<typeof cronJobView>
export type Timing = z.output<typeof record.timing>
export type Mode = (typeof record.MODES)[number]
export type Restraint = z.output<typeof record.restraint>
export type Healing = z.output<typeof record.healing>
export type Strategy = z.output<typeof record.strategy>
export type Options = z.output<typeof record.options>
export type Orchestration = z.output<typeof record.orchestration>
export type Care = z.output<typeof record.care>
export type Removal = z.output<typeof record.removal>
export type Inputs = z.output<typeof record.inputs>
export type Step = z.output<typeof record.step>
export type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>
export type Adjustment = z.output<typeof record.adjustment>
export type Decision = z.output<typeof record.decision>
export type Outcome = z.output<typeof record.outcome>
export type Trigger = (typeof record.TRIGGERS)[number]
export type Intent = z.output<typeof record.intent>
export type DecisionRecord = z.output<typeof record.decisionRecord>
export type ProjectState = z.output<typeof record.projectState>
export type Settings = z.output<typeof record.settings>
export type Episode = z.output<typeof record.episode>

/** Allowed repairs of one CronJob in an hour, unless a project's policy says otherwise. */
export const HEALS_PER_HOUR = 3

/** What holds for a project that nobody has set anything for. */
export const DEFAULT_SETTINGS: Settings = {
  mode: 'enforce',
  schedule: null,
  schedule_at: 0,
  time_zone: null,
  ignore_drift: [],
  heals_per_hour: HEALS_PER_HOUR,
  paused: null,
}

/** A project that no decision was ever made for. */
export const NEW_STATE: ProjectState = {
  seq: 0,
  events: 0,
  fence: 0,
  last_at: null,
  open: null,
  active: null,
  heals: [],
  tripped: null,
  backoff: null,
  touched_at: null,
  named: null,
  noted: null,
  fought: null,
}

export const NO_OUTCOME: Outcome = {
  actions: [],
  failures: [],
  remarks: [],
  fought: null,
  sprint_created: null,
  sprint_closed: null,
  cronjobs: [],
}

/** A decision's id says whose it is and which: `<project>-D<number>`. */
export const decisionId = (project: string, seq: number): string => `${project}-D${seq}`

/** The project and number of a decision id; undefined when it is none. */
export function parseDecisionId(id: string): { readonly project: string; readonly seq: number } | undefined {
  const parts = /^(.+)-D([1-9]\d{0,14})$/.exec(id)
  if (parts === null) return undefined
  return { project: String(parts[1]), seq: Number(parts[2]) }
}

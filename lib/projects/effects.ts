/** What one step brought about, and how the effects of many make one outcome. */
import { AppError } from '#lib/errors'
import { maskSecrets } from '#lib/secrets/secrets'
import type { Outcome, Step } from './model.ts'

export interface Effect {
  readonly actions?: readonly string[]
  readonly failures?: readonly string[]
  readonly remarks?: readonly string[]
  readonly fought?: Outcome['fought']
  readonly sprint_created?: Outcome['sprint_created']
  readonly sprint_closed?: Outcome['sprint_closed']
  readonly cronjobs?: Outcome['cronjobs']
  /** A sprint that somebody else opened before us: the steps that follow are for it. */
  readonly standing?: string
  /** Later steps build on this one and cannot be done. */
  readonly stop?: Stop
}

export interface Stop {
  readonly error: AppError
  /** True when it was made sure that nothing has happened. */
  readonly certain: boolean
}

export const NOTHING: Effect = {}

/** Adds an effect to an outcome. A step that trims a sprint corrects what the step before said was assigned. */
export function added(outcome: Outcome, effect: Effect): Outcome {
  return {
    actions: [...outcome.actions, ...(effect.actions ?? [])],
    failures: [...outcome.failures, ...(effect.failures ?? []).map(maskSecrets)],
    remarks: [...outcome.remarks, ...(effect.remarks ?? [])],
    fought: effect.fought ?? outcome.fought,
    sprint_created: effect.sprint_created ?? outcome.sprint_created,
    sprint_closed: effect.sprint_closed ?? outcome.sprint_closed,
    cronjobs: [...outcome.cronjobs, ...(effect.cronjobs ?? [])],
  }
}

/** True when something in the world is different now. */
export function changedAnything({ sprint_created, sprint_closed, cronjobs }: Outcome): boolean {
  return sprint_created !== null || sprint_closed !== null || cronjobs.length > 0
}

/** Steps of one phase do not wait for each other; a phase waits for the one before. */
export function phasesOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const phases: Record<0 | 1 | 2, Step[]> = { 0: [], 1: [], 2: [] }
  for (const step of steps) phases[phaseOf(step)].push(step)
  return [phases[0], phases[1], phases[2]].filter((phase) => phase.length > 0)
}

function phaseOf({ kind }: Step): 0 | 1 | 2 {
  if (kind === 'close_sprint') return 0
  return kind === 'create_sprint' || kind === 'delete_cronjob' ? 1 : 2
}

/** What `work` gave, or the AppError it threw. Anything else that is thrown is a bug or our own end, and goes on. */
export async function attempt<T>(work: () => Promise<T>): Promise<{ readonly done: T } | { readonly error: AppError }> {
  try {
    return { done: await work() }
  } catch (error) {
    if (error instanceof AppError) return { error }
    throw error
  }
}

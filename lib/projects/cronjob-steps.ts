/** The steps that make, mend and delete CronJobs. All can be repeated: the cluster says what there was to do. */
import { seconds } from '#lib/clock'
import { attempt, type Effect, NOTHING } from './effects.ts'
import type { Outcome, StepOf } from './model.ts'
import type { Applied, CronJobs, LiveCronJob } from './ports.ts'
import type { Performance } from './stage.ts'
import { markOf, specOf } from './timing.ts'
import { action, foughtOver, terminating } from './words.ts'

type Did = Outcome['cronjobs'][number]['did']
/** The cluster's clock and ours may differ by this much. */
const CLOCKS_APART = seconds(5)

type ApplyStep = StepOf<'create_cronjob'> | StepOf<'repair_cronjob'> | StepOf<'recreate_cronjob'>

export function createCronJobSteps(cronJobs: CronJobs) {
  return { remove, apply, recreate }

  async function remove({ name, sprint_id }: StepOf<'delete_cronjob'>, on: Performance): Promise<Effect> {
    const seen = on.lives?.find((live) => live.name === name)
    const tried = await attempt(() => cronJobs.remove(on.project, name, seen))
    if ('error' in tried) return { failures: [`CronJob ${name} could not be deleted: ${tried.error.message}`] }
    if (tried.done === 'terminating') return { remarks: [terminating(name)] }
    // In a repeat the first try deleted it; otherwise somebody else was quicker.
    return tried.done === 'deleted' || on.repeated ? did('deleted', name, sprint_id) : NOTHING
  }

  async function apply(step: ApplyStep, on: Performance): Promise<Effect> {
    const sprint = step.sprint_id ?? on.created?.sprint_id ?? on.standing
    if (sprint === undefined) return NOTHING
    return on.stale && step.sprint_id !== null ? madeByFirstTry(step, sprint, on) : applied(step, sprint, on)
  }

  async function applied({ kind, timing }: ApplyStep, sprint: string, on: Performance): Promise<Effect> {
    const verb = kind === 'create_cronjob' ? 'created' : 'repaired'
    const seen = seenOf(cronJobs.nameOf(on.project, sprint), on)
    const isAnew = kind === 'recreate_cronjob'
    const options = { ignore: ignoredIn(on), ...(isAnew && seen && { like: seen }) }
    const tried = await attempt(() =>
      cronJobs.apply(specOf(on.project, sprint, timing), isAnew ? undefined : seen, options),
    )
    if ('error' in tried) {
      const failure = `The CronJob of sprint ${sprint} could not be ${verb}: ${tried.error.message}`
      const told = kind === 'create_cronjob' ? action.notCreated(sprint) : action.notRepaired(sprint)
      return { actions: [told], failures: [failure] }
    }
    return { ...cameOf(tried.done, verb, { sprint, repeated: on.repeated }), ...contested(tried.done) }
  }

  /** A heal too old to be done is only looked for: perhaps the first try did it and could not say so. */
  async function madeByFirstTry({ kind }: ApplyStep, sprint: string, on: Performance): Promise<Effect> {
    const tried = await attempt(() => cronJobs.ofProject(on.project))
    if ('error' in tried || kind !== 'create_cronjob') return NOTHING
    const made = tried.done.find((live) => live.sprint === sprint && live.created_at >= on.inputs.at - CLOCKS_APART)
    return made === undefined ? NOTHING : did('created', made.name, sprint)
  }

  /** Deletes the one that does not fire and makes it anew, unless a first try has done so. */
  async function recreate(step: StepOf<'recreate_cronjob'>, on: Performance): Promise<Effect> {
    if (on.stale) return NOTHING
    const dead = on.inputs.kind === 'removal' ? null : on.inputs.cronjob
    const tried = await attempt(async () => {
      const lives = on.lives ?? (await cronJobs.ofProject(on.project))
      const still = lives.find((live) => live.name === step.name && live.created_at === dead?.created_at)
      return still && cronJobs.remove(on.project, step.name, still)
    })
    if ('error' in tried) {
      const failure = `CronJob ${step.name} could not be deleted to be made anew: ${tried.error.message}`
      return { actions: [action.notRepaired(step.sprint_id ?? '')], failures: [failure] }
    }
    if (tried.done === 'terminating') return { remarks: [terminating(step.name)] }
    on.hold.check()
    const effect = await apply(step, on)
    const cronjobs = (effect.cronjobs ?? []).map((one) => ({ ...one, did: 'repaired' as const }))
    return effect.cronjobs === undefined
      ? effect
      : { ...effect, actions: cronjobs.map(({ name }) => action.repaired(name)), cronjobs }
  }
}

interface Circumstances {
  readonly sprint: string
  readonly repeated: boolean
}

function cameOf({ name, outcome }: Applied, verb: Did, { sprint, repeated }: Circumstances): Effect {
  switch (outcome) {
    case 'created':
    case 'repaired':
      return did(outcome, name, sprint)
    case 'terminating':
      return { remarks: [terminating(name)] }
    case 'fought':
      return NOTHING
    case 'unchanged':
      // As it should be already: by the first try when this is a repeat, else by somebody else.
      return repeated ? did(verb, name, sprint) : NOTHING
  }
}

/** What something else rewrote in the very moment that it was written. */
function contested({ name, left }: Applied): Effect {
  if (left === undefined) return NOTHING
  return { remarks: [foughtOver(name, left.drift)], fought: { name, mark: markOf(left.version, left.drift) } }
}

function ignoredIn({ inputs }: Performance): readonly string[] {
  return inputs.kind === 'removal' ? [] : inputs.restraint.ignore_drift
}

/** What was seen under a name: nothing is null, not to have looked is undefined. */
function seenOf(name: string, { lives }: Performance): LiveCronJob | null | undefined {
  return lives === undefined ? undefined : (lives.find((live) => live.name === name) ?? null)
}

function did(what: Did, name: string, sprint_id: string): Effect {
  return { actions: [action[what](name)], cronjobs: [{ name, did: what, sprint_id }] }
}

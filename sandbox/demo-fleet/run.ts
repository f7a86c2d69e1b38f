/** One run of the demo: starts everything, watches until every issue is merged, and hands back what was recorded. */
import { join } from 'node:path'
import { type Clock, minutes, type Sleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { watchRunning } from '../stack/watch.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { type Ground, LEASE_SECONDS, startGround } from './ground.ts'
import { endingsOf } from './look.ts'
import { createMaintainer } from './maintainer.ts'
import type { Scenario } from './scenario.ts'
import type { Screen } from './screen.ts'
import type { Recorded } from './verdict.ts'
import { type Actors, createWatch, type Watch } from './watch.ts'
import type { Waited } from './words.ts'

export interface RunPorts {
  readonly screen: Screen
  readonly clock: Clock
  readonly sleep: Sleep
}

export interface RunOptions {
  readonly scenario: Scenario
  readonly workers: number
  /** Everything is kept here. */
  readonly folder: string
  /** Aborted to end early. */
  readonly stop: AbortSignal
}

export interface Outcome extends Recorded {
  readonly waited: Waited
  readonly elapsedMs: number
  /** Process groups that are still there although all was stopped. */
  readonly leftovers: readonly number[]
}

/** A run that takes longer hangs. */
const LONGEST = minutes(3)
const LOOK_MS = 250

/** Stops all it started, however it ends. Throws AppError `unavailable` when it was interrupted, or takes too long. */
export async function runDemo(ports: RunPorts, options: RunOptions): Promise<Outcome> {
  ports.screen.print(`Starting a Coxswain with ${options.scenario.issues.length} issues …`)
  const ground = await startGround(options.scenario, options.folder)
  let fleet: Fleet | undefined
  try {
    const done = await onGround({ ports, options, ground }, (started) => {
      fleet = started
    })
    await fleet?.stop()
    await ground.stop()
    return { ...done, leftovers: [...(fleet?.leftovers() ?? []), ...ground.leftovers()] }
  } finally {
    await fleet?.stop()
    await ground.stop()
  }
}

interface Place {
  readonly ports: RunPorts
  readonly options: RunOptions
  readonly ground: Ground
}

async function onGround(
  { ports, options, ground }: Place,
  onStart: (fleet: Fleet) => void,
): Promise<Omit<Outcome, 'leftovers'>> {
  const { screen, clock } = ports
  const { folder, stop } = options
  screen.print(`Coxswain ${ground.dev.url}, leases of ${LEASE_SECONDS} s   GitHub ${ground.github.url}`)
  const watch = createWatch({ ground, screen, clock })
  const stack = watchRunning({ dataDir: join(folder, 'data'), dev: ground.dev })
  try {
    return await onStack({ ports, options, ground }, { watch, stop: AbortSignal.any([stop, stack.gone]) }, onStart)
  } finally {
    stack.stop()
  }
}

interface Watched {
  readonly watch: Watch
  /** Aborted to end early, also because the stack is gone. */
  readonly stop: AbortSignal
}

async function onStack(
  { ports, options, ground }: Place,
  { watch, stop }: Watched,
  onStart: (fleet: Fleet) => void,
): Promise<Omit<Outcome, 'leftovers'>> {
  const { clock } = ports
  const { scenario, folder, workers } = options
  const { length: all } = scenario.issues
  const until = patience(ports, watch, stop)
  await until(
    () => watch.stories().size === all,
    () => `${watch.stories().size} of ${all} issues are queued`,
  )

  const { killAt } = scenario
  const fleet = startFleet({ ...ports, ground, tell: watch.tell }, { folder, workers, killAt })
  onStart(fleet)
  const maintainer = createMaintainer({ ...ports, ground, tell: watch.tell }, scenario)
  const over = new AbortController()
  const reviewing = maintainer.run(over.signal)
  const merged = () => [...watch.stories().values()].filter(({ mergedAt }) => mergedAt !== null).length
  const isMerged = () => merged() === watch.stories().size
  try {
    await Promise.race([
      until(isMerged, () => `${merged()} of ${all} issues are merged`, { fleet, maintainer }),
      fleet.death,
      reviewing,
    ])
  } finally {
    over.abort()
    await reviewing.catch(() => undefined)
  }
  const stories = watch.stories()
  const pulls = new Map([...stories].map(([number, { pullUrl }]) => [number, pullUrl]))
  return {
    scenario,
    stories,
    merging: maintainer.merging,
    killed: fleet.killed(),
    endings: await endingsOf(ground, scenario, pulls),
    waited: watch.waited(),
    elapsedMs: clock.now() - watch.began,
  }
}

/** Watches until `isDone`; `standing` says how far it has come. */
function patience({ clock, sleep }: RunPorts, watch: Watch, stop: AbortSignal) {
  return async (isDone: () => boolean, standing: () => string, actors?: Actors): Promise<void> => {
    for (;;) {
      stop.throwIfAborted()
      await watch.look(actors)
      if (isDone()) return
      if (clock.now() - watch.began > LONGEST) {
        throw new AppError('unavailable', `It takes too long: after ${LONGEST / minutes(1)} minutes ${standing()}.`)
      }
      await sleep(LOOK_MS)
    }
  }
}

/** Follows what happens, keeps it, and shows it as it goes. */
import type { Clock, Instant } from '#lib/clock'
import type { Fleet } from './fleet.ts'
import type { Ground } from './ground.ts'
import { type Story, storiesOf } from './history.ts'
import { type Waiting, waitingNow } from './look.ts'
import type { Maintainer } from './maintainer.ts'
import type { Screen } from './screen.ts'
import { eventLine, isWaiting, momentLines, secondsOf, type Waited, waitWords } from './words.ts'

export interface Watch {
  readonly began: Instant
  stories(): ReadonlyMap<number, Story>
  /** What each issue was seen waiting for. */
  waited(): Waited
  /** Something happened, in words. */
  tell(line: string): void
  /** Hears the news, and shows them. */
  look(actors?: Actors): Promise<void>
}

export interface Actors {
  readonly fleet: Pick<Fleet, 'doing'>
  readonly maintainer: Pick<Maintainer, 'gate'>
}

export interface WatchPorts {
  readonly ground: Pick<Ground, 'dev' | 'events' | 'github'>
  readonly screen: Screen
  readonly clock: Clock
}

export function createWatch({ ground, screen, clock }: WatchPorts): Watch {
  const began = clock.now()
  const lines: string[] = []
  const waited = new Map<number, { dependsOn: readonly number[]; heldBy: readonly number[] }>()
  let heard = 0
  let stories: ReadonlyMap<number, Story> = new Map()

  function tell(line: string): void {
    const dated = `${secondsOf(clock.now() - began)}  ${line}`
    lines.push(dated)
    if (!screen.isLive) screen.print(dated)
  }

  function hear(): void {
    const events = ground.events()
    if (events.length === heard) return
    stories = storiesOf(events)
    for (const event of events.slice(heard)) {
      const line = eventLine(event, stories.get(event.issue_number))
      if (line !== undefined) tell(line)
    }
    heard = events.length
  }

  function noteWaits(waiting: readonly Waiting[]): void {
    for (const now of waiting.filter(isWaiting)) {
      const { dependsOn, heldBy } = waited.get(now.number) ?? { dependsOn: [], heldBy: [] }
      const all = { dependsOn: union(dependsOn, now.dependsOn), heldBy: union(heldBy, now.heldBy) }
      const isNews = all.dependsOn.length + all.heldBy.length > dependsOn.length + heldBy.length
      waited.set(now.number, all)
      if (isNews) tell(`queue       #${now.number} ${waitWords(now)}`)
    }
  }

  return {
    began,
    stories: () => stories,
    waited: () => waited,
    tell,
    async look(actors) {
      hear()
      const waiting = await waitingNow(ground.dev)
      noteWaits(waiting)
      screen.draw(
        momentLines({
          title: `Coxswain ${ground.dev.url}   GitHub ${ground.github.url}`,
          elapsedMs: clock.now() - began,
          workers: actors?.fleet.doing() ?? [],
          gate: actors?.maintainer.gate(),
          waiting,
          stories,
          events: lines,
        }),
      )
    },
  }
}

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  return [...new Set([...a, ...b])]
}

/**
 * Brings the table's stream to its consumers, as Lambda's poller does on AWS: in order, at least once, each at its own
 * pace. What a function reports as failed comes again from there; a batch on which it fails as a whole is halved; what
 * failed too often is handed to the dead letters, and the records behind it go on.
 */
import { type Clock, type Sleep, systemClock, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Chance, systemChance } from '#lib/ids'
import { type JsonObject, matches } from '../eventbridge/pattern.ts'
import { afterAttempt, type Batch, type Outcome, whyGiveUp } from './batches.ts'
import type { Cursors } from './cursors.ts'
import type { EventSource } from './event-source.ts'
import { createGate, type Gate } from './gate.ts'
import { isFunctionError, type Lambda } from './lambda.ts'
import type { Part, Tell } from './part.ts'
import type { Cursor, Entry, Follower } from './stream.ts'

export interface PumpPorts {
  readonly lambda: Lambda
  readonly cursors: Cursors
  readonly follow: (start: Cursor | undefined) => Follower
  readonly tell: Tell
  /** Takes what a consumer could not handle. Throws when it could not be kept: then it is offered again. */
  readonly onFailure: (given: GivenUp) => Promise<void>
  readonly clock?: Clock
  readonly sleep?: Sleep
  readonly chance?: Chance
}

/** A batch that is not tried any more, and why, in Lambda's words. */
export interface GivenUp {
  readonly consumer: string
  readonly entries: readonly Entry[]
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded'
  readonly attempts: number
}

/** How long a consumer that has read everything waits before it looks again. */
const IDLE_MS = 100
/** Waits after failures double from the first to the longest. */
const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 10_000

/** One loop for each consumer, a function's name in serverless.yml with its event source. */
export function startPump(consumers: ReadonlyMap<string, EventSource>, ports: PumpPorts): Part {
  const gate = createGate(ports.sleep ?? systemSleep)
  const loops = [...consumers].map(([consumer, source]) => drain({ consumer, source }, gate, ports))
  return {
    name: `stream to ${[...consumers.keys()].join(', ')}`,
    async stop() {
      gate.close()
      await Promise.all(loops)
    },
  }
}

interface Consumer {
  readonly consumer: string
  readonly source: EventSource
}

async function drain({ consumer, source }: Consumer, gate: Gate, ports: PumpPorts): Promise<void> {
  const { cursors, follow, tell, clock = systemClock, chance = systemChance } = ports
  const follower = follow(cursors.read(consumer))
  let work: readonly Batch[] = []
  let failures = 0

  async function read(): Promise<void> {
    const entries = (await gate.unlessClosed(follower.read())) ?? []
    const last = entries.at(-1)
    if (last === undefined) return gate.pause(IDLE_MS)
    const wanted = entries.filter(({ record }) => isWanted(source, record as unknown as JsonObject))
    if (wanted.length === 0) cursors.save(consumer, last.cursor)
    work = batchesOf(wanted, source.batchSize)
  }

  async function step(): Promise<void> {
    const [batch, ...others] = work
    if (batch === undefined) return read()
    const condition = whyGiveUp(batch, source, clock.now())
    if (condition !== undefined) {
      const { entries, attempts } = batch
      await ports.onFailure({ consumer, entries, condition, attempts })
      cursors.save(consumer, entries[entries.length - 1]?.cursor as Cursor)
      work = others
      return
    }
    const outcome = await attempt(batch)
    // After closing nobody knows whether the batch got through: it will be brought again.
    if (!gate.isOpen()) return
    const { done, rest } = afterAttempt(batch, outcome, source)
    if (done !== undefined) cursors.save(consumer, done)
    work = [...rest, ...others]
    if (outcome.kind === 'failed') throw outcome.error
    if (rest.length > 0) throw new AppError('unavailable', 'The function reported a failed record; its log says why.')
  }

  async function attempt({ entries }: Batch): Promise<Outcome> {
    const event = { Records: entries.map(({ record }) => record) }
    try {
      return { kind: 'answered', answer: await gate.unlessClosed(ports.lambda.invoke(consumer, event)) }
    } catch (error) {
      // Functions that cannot be reached are no failure of this batch.
      if (!isFunctionError(error)) throw error
      return { kind: 'failed', error }
    }
  }

  while (gate.isOpen()) {
    try {
      await step()
      failures = 0
    } catch (error) {
      if (failures === 0 && gate.isOpen()) tell(`! ${consumer}: ${error instanceof Error ? error.message : error}`)
      failures += 1
      await gate.pause(waitAfter(failures, chance))
    }
  }
}

function isWanted({ filterPatterns }: EventSource, record: JsonObject): boolean {
  return filterPatterns.length === 0 || filterPatterns.some((pattern) => matches(pattern, record))
}

function batchesOf(entries: readonly Entry[], size: number): readonly Batch[] {
  const count = Math.ceil(entries.length / size)
  return Array.from({ length: count }, (_, at) => ({ entries: entries.slice(at * size, (at + 1) * size), attempts: 0 }))
}

/** Between half of the wait and the whole of it, so that consumers do not come back together. */
function waitAfter(failures: number, chance: Chance): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10)) * (0.5 + chance() / 2)
}

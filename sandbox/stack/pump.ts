/**
 * Brings the table's stream to its consumers, as Lambda's poller does on AWS: in order, at least once, each at its own
 * pace. A batch that failed is brought again from the first record that failed, for as long as it takes.
 */
import type { DynamoDBBatchResponse } from 'aws-lambda'
import * as z from 'zod'
import { type Sleep, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Chance, systemChance } from '#lib/ids'
import type { Cursors } from './cursors.ts'
import { createGate, type Gate } from './gate.ts'
import type { Lambda } from './lambda.ts'
import type { Part, Tell } from './part.ts'
import type { Cursor, Entry, Follower } from './stream.ts'

export interface PumpPorts {
  readonly lambda: Lambda
  readonly cursors: Cursors
  readonly follow: (start: Cursor | undefined) => Follower
  readonly tell: Tell
  readonly sleep?: Sleep
  readonly chance?: Chance
}

/** How long a consumer that has read everything waits before it looks again. */
const IDLE_MS = 100
/** Waits after failures double from the first to the longest. */
const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 10_000

const batchResponse: z.ZodType<DynamoDBBatchResponse> = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })),
})

/** One loop for each consumer, a function's name in serverless.yml. */
export function startPump(consumers: readonly string[], ports: PumpPorts): Part {
  const gate = createGate(ports.sleep ?? systemSleep)
  const loops = consumers.map((consumer) => drain(consumer, gate, ports))
  return {
    name: `stream to ${consumers.join(', ')}`,
    async stop() {
      gate.close()
      await Promise.all(loops)
    },
  }
}

async function drain(consumer: string, gate: Gate, ports: PumpPorts): Promise<void> {
  const { cursors, lambda, follow, tell, chance = systemChance } = ports
  const follower = follow(cursors.read(consumer))
  let waiting: readonly Entry[] = []
  let failures = 0

  const step = async (): Promise<void> => {
    if (waiting.length === 0) waiting = (await gate.unlessClosed(follower.read())) ?? []
    if (waiting.length === 0) return gate.pause(IDLE_MS)
    const event = { Records: waiting.map(({ record }) => record) }
    const answer = await gate.unlessClosed(lambda.invoke(consumer, event))
    // After closing nobody knows whether the batch got through: it will be brought again.
    if (!gate.isOpen()) return undefined
    const done = doneOf(answer, waiting)
    const last = waiting[done - 1]
    if (last !== undefined) cursors.save(consumer, last.cursor)
    waiting = waiting.slice(done)
    if (waiting.length > 0)
      throw new AppError('unavailable', 'The function reported a failed record; its log says why.')
    return undefined
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

/** How many of the batch's records are done with, given what the function answered. */
export function doneOf(answer: unknown, batch: readonly Entry[]): number {
  const response = batchResponse.safeParse(answer)
  const failed = response.success ? response.data.batchItemFailures : []
  if (failed.length === 0) return batch.length
  const sequences = batch.map(({ cursor }) => cursor.sequence)
  // An identifier that names no record stands for the whole batch.
  return Math.max(0, Math.min(...failed.map(({ itemIdentifier }) => sequences.indexOf(itemIdentifier))))
}

/** Between half of the wait and the whole of it, so that consumers do not come back together. */
function waitAfter(failures: number, chance: Chance): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10)) * (0.5 + chance() / 2)
}

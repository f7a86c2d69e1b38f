import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cursors } from '#sandbox/stack/cursors'
import { doneOf, startPump } from '#sandbox/stack/pump'
import type { Cursor, Entry, Follower } from '#sandbox/stack/stream'

const STREAM = 'arn:stream'

const entry = (sequence: number): Entry => ({
  record: { eventID: String(sequence), dynamodb: { SequenceNumber: String(sequence) } },
  cursor: { stream: STREAM, shard: 'shard-1', sequence: String(sequence) },
})

const entries = (count: number): Entry[] => Array.from({ length: count }, (_, at) => entry(at + 1))

/** A stream of `records`, read `size` at a time from behind the cursor. */
function streamOf(records: readonly Entry[], size: number) {
  return (start: Cursor | undefined): Follower => {
    let at = start === undefined ? 0 : records.findIndex(({ cursor }) => cursor.sequence === start.sequence) + 1
    return {
      async read() {
        const batch = records.slice(at, at + size)
        at += batch.length
        return batch
      },
    }
  }
}

function inMemory(): Cursors & { readonly saved: Map<string, Cursor> } {
  const saved = new Map<string, Cursor>()
  return { saved, read: (name) => saved.get(name), save: (name, cursor) => void saved.set(name, cursor) }
}

/** Runs the pump over `records` until the last one is done with; `answer` plays the function. */
async function pumped(options: {
  records: readonly Entry[]
  size?: number
  cursors?: ReturnType<typeof inMemory>
  answer: (sequences: readonly string[]) => unknown
}) {
  const { records, size = 100, cursors = inMemory(), answer } = options
  const calls: string[][] = []
  const waits: number[] = []
  const said: string[] = []
  const finished = Promise.withResolvers<void>()
  const lambda = {
    async invoke(_name: string, event: unknown) {
      const sequences = (event as { Records: { eventID: string }[] }).Records.map(({ eventID }) => eventID)
      calls.push(sequences)
      return answer(sequences)
    },
  }
  const last = records.at(-1)?.cursor.sequence
  const sleep = async (ms: number) => {
    waits.push(ms)
    if (cursors.saved.get('consumer')?.sequence === last) finished.resolve()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const ports = { lambda, cursors, follow: streamOf(records, size), tell: (line: string) => said.push(line) }
  const pump = startPump(['consumer'], { ...ports, sleep, chance: () => 1 })
  await finished.promise
  await pump.stop()
  return { calls, waits, said, cursors }
}

const failing = (...sequences: string[]) => ({
  batchItemFailures: sequences.map((itemIdentifier) => ({ itemIdentifier })),
})

describe('the pump', () => {
  it('brings batches in order and remembers how far it came', async () => {
    const { calls, cursors } = await pumped({ records: entries(5), size: 2, answer: () => failing() })

    expect(calls).toEqual([['1', '2'], ['3', '4'], ['5']])
    expect(cursors.saved.get('consumer')).toEqual({ stream: STREAM, shard: 'shard-1', sequence: '5' })
  })

  it('goes on behind the last record that was done with', async () => {
    const cursors = inMemory()
    cursors.save('consumer', entry(3).cursor)

    const { calls } = await pumped({ records: entries(5), cursors, answer: () => undefined })

    expect(calls).toEqual([['4', '5']])
  })

  it('repeats from the first record that failed', async () => {
    let tries = 0
    const answer = () => (tries++ === 0 ? failing('3', '4', '5') : failing())

    const { calls } = await pumped({ records: entries(5), answer })

    expect(calls).toEqual([
      ['1', '2', '3', '4', '5'],
      ['3', '4', '5'],
    ])
  })

  it('repeats the whole batch when the function throws, with longer and longer waits, and says so once', async () => {
    let tries = 0
    const answer = () => {
      tries += 1
      if (tries <= 8) throw new Error('out of order')
    }

    const { calls, waits, said } = await pumped({ records: entries(2), answer })

    expect(calls).toHaveLength(9)
    expect(new Set(calls.map((call) => call.join()))).toEqual(new Set(['1,2']))
    expect(waits.slice(0, 8)).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    expect(said).toEqual(['! consumer: out of order'])
  })
})

describe('how much of a batch is done', () => {
  it.each([
    ['everything, when the function says nothing', undefined, 3],
    ['everything, when nothing failed', failing(), 3],
    ['what comes before the first failure, however failures are ordered', failing('3', '2'), 1],
    ['nothing, when an identifier is empty', failing(''), 0],
    ['nothing, when an identifier names no record', failing('2', '99'), 0],
    ['everything, when the answer is something else', 'fine', 3],
  ])('is %s', (_what, answer, done) => {
    expect(doneOf(answer, entries(3))).toBe(done)
  })

  it('never passes a failure', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }),
        (n, failed) => {
          const done = doneOf(failing(...failed.map(String)), entries(n))
          expect(done).toBeGreaterThanOrEqual(0)
          expect(done).toBeLessThan(Math.min(...failed))
        },
      ),
    )
  })
})

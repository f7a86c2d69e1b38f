import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hours } from '#lib/clock'
import { AppError } from '#lib/errors'
import { afterAttempt, doneOf, whyGiveUp } from '#sandbox/stack/batches'
import type { Cursors } from '#sandbox/stack/cursors'
import type { EventSource } from '#sandbox/stack/event-source'
import { type GivenUp, startPump } from '#sandbox/stack/pump'
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

const aSource = (over: Partial<EventSource> = {}): EventSource => ({
  batchSize: 100,
  bisectBatchOnFunctionError: true,
  maximumRetryAttempts: 20,
  maximumRecordAgeInSeconds: 43_200,
  filterPatterns: [],
  ...over,
})

/** What `createLambda` throws when the function ended with an error. */
const functionError = (message = 'out of order') =>
  new AppError('unavailable', message, { details: { function: 'consumer' } })

/** Runs the pump over `records` until the last one is done with; `answer` plays the function. */
async function pumped(options: {
  records: readonly Entry[]
  size?: number
  cursors?: ReturnType<typeof inMemory>
  source?: Partial<EventSource>
  answer: (sequences: readonly string[]) => unknown
}) {
  const { records, size = 100, cursors = inMemory(), source = {}, answer } = options
  const givenUp: GivenUp[] = []
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
  const onFailure = async (given: GivenUp) => void givenUp.push(given)
  const ports = { lambda, cursors, follow: streamOf(records, size), tell: (line: string) => said.push(line), onFailure }
  const pump = startPump(new Map([['consumer', aSource(source)]]), { ...ports, sleep, chance: () => 1 })
  await finished.promise
  await pump.stop()
  return { calls, waits, said, cursors, givenUp }
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

  it('repeats the whole batch when the function cannot be reached, with longer and longer waits, and says so once', async () => {
    let tries = 0
    const answer = () => {
      tries += 1
      if (tries <= 30) throw new AppError('unavailable', 'The functions cannot be reached.')
    }

    const { calls, waits, said, givenUp } = await pumped({ records: entries(2), answer })

    expect(givenUp).toEqual([])

    expect(calls).toHaveLength(31)
    expect(new Set(calls.map((call) => call.join()))).toEqual(new Set(['1,2']))
    expect(waits.slice(0, 8)).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    expect(said).toEqual(['! consumer: The functions cannot be reached.'])
  })
})

describe('a record that kills its function', () => {
  /** As Lambda behaves where a function is killed by what it reads: no answer at all. */
  const killedBy = (poison: string) => (sequences: readonly string[]) => {
    if (sequences.includes(poison)) throw functionError('Runtime exited with error: signal: killed')
  }

  it('is found by halving its batch, and given up alone: every other record is handled once it is apart', async () => {
    const { calls, givenUp, cursors } = await pumped({
      records: entries(8),
      source: { maximumRetryAttempts: 3 },
      answer: killedBy('6'),
    })

    expect(calls.slice(0, 5).map((call) => call.join())).toEqual(['1,2,3,4,5,6,7,8', '1,2,3,4', '5,6,7,8', '5,6', '5'])
    expect(calls.filter((call) => call.join() === '6')).toHaveLength(4)
    expect(calls.at(-1)).toEqual(['7', '8'])
    expect(
      givenUp.map(({ entries: some, condition }) => [some.map(({ cursor }) => cursor.sequence), condition]),
    ).toEqual([[['6'], 'RetryAttemptsExhausted']])
    expect(cursors.saved.get('consumer')?.sequence).toBe('8')
  })

  it('takes its batch along where batches are not halved', async () => {
    const source = { maximumRetryAttempts: 1, bisectBatchOnFunctionError: false }
    const { givenUp } = await pumped({ records: entries(3), source, answer: killedBy('2') })
    expect(givenUp.map(({ entries: some }) => some.length)).toEqual([3])
  })
})

describe('a batch', () => {
  it('is given up when its oldest record is too old, once it failed', () => {
    const at = Date.parse('2026-01-05T08:00:00Z')
    const old = { ...entry(1), record: { dynamodb: { ApproximateCreationDateTime: (at - hours(13)) / 1000 } } }
    expect(whyGiveUp({ entries: [old], attempts: 1 }, aSource(), at)).toBe('RecordAgeExceeded')
    expect(whyGiveUp({ entries: [old], attempts: 0 }, aSource(), at)).toBeUndefined()
    expect(whyGiveUp({ entries: [entry(1)], attempts: 21 }, aSource(), at)).toBe('RetryAttemptsExhausted')
  })

  it('whose first records are done begins to count anew', () => {
    const some = { entries: entries(4), attempts: 7 }
    const { done, rest } = afterAttempt(some, { kind: 'answered', answer: failing('3', '4') }, aSource())
    expect(done?.sequence).toBe('2')
    expect(rest).toEqual([{ entries: entries(4).slice(2), attempts: 1 }])
  })
})

describe('a consumer with filters', () => {
  it('is called for what they let through, in batches of its size, and is not held up by the rest', async () => {
    const wanted = (sequence: number) => ({
      ...entry(sequence),
      record: { ...entry(sequence).record, eventName: 'INSERT' as const },
    })
    const records = [entry(1), wanted(2), entry(3), wanted(4), wanted(5)]
    const source = { batchSize: 2, filterPatterns: [{ eventName: ['INSERT'] }] }

    const { calls } = await pumped({ records, source, answer: () => failing() })

    expect(calls).toEqual([['2', '4'], ['5']])
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

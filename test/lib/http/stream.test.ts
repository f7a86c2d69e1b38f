import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { AppError } from '#lib/errors'
import { createStream } from '#lib/http/create-stream'
import { aContext } from '#test/helpers/http'
import { aBatch, aReader, aRecord, somePorts } from '#test/helpers/stream'

const failures = (...sequences: readonly string[]) => ({
  batchItemFailures: sequences.map((itemIdentifier) => ({ itemIdentifier })),
})
const poison = () => new TypeError('cannot read')
const passing = () => new AppError('unavailable', 'The store is busy.')

describe('a stream handler', () => {
  it('takes the records in their order', async () => {
    const { handler, seen } = await aReader()
    expect(await handler(aBatch(aRecord(1), aRecord(2), aRecord(3)), aContext())).toEqual(failures())
    expect(seen).toEqual(['1', '2', '3'])
  })

  it.each([
    ['LOCKS', 'debug'],
    ['POLLS', 'debug'],
    ['READERS', 'debug'],
    ['JOB#acme/shop#7', 'info'],
  ])('logs a batch of changes to %s at %s', async (pk, level) => {
    const { handler, lines } = await aReader()
    await handler(
      aBatch({ ...aRecord(1), dynamodb: { ...aRecord(1).dynamodb, Keys: { pk: { S: pk }, sk: { S: 'x' } } } }),
    )

    expect(lines).toMatchObject([{ level, message: 'stream' }])
  })

  it('stops at a failure that may pass and gives the record back with all behind it', async () => {
    const { handler, seen, lines, failures: failing } = await aReader()
    failing.set('2', passing)
    expect(await handler(aBatch(aRecord(1), aRecord(2), aRecord(3)), aContext())).toEqual(failures('2', '3'))
    expect(seen).toEqual(['1'])
    expect(lines).toMatchObject([
      { level: 'error', facts: { run: 'things', done: 1, left: 2, error: expect.any(Error) } },
    ])
  })

  it('handles every record once and in order when Lambda repeats from the first failure', async () => {
    const { ports } = await somePorts()
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat(11), { maxLength: 6 }),
        async (size, stumbles) => {
          const left = [...stumbles]
          const seen: string[] = []
          const handler = createStream(ports)('things', async ({ dynamodb }) => {
            const sequence = dynamodb?.SequenceNumber ?? ''
            const stumble = left.indexOf(Number(sequence))
            if (stumble >= 0) {
              left.splice(stumble, 1)
              throw passing()
            }
            seen.push(sequence)
          })
          const all = Array.from({ length: size }, (_, n) => String(n))
          let rest = all
          while (rest.length > 0) {
            const answer = await handler(aBatch(...rest.map((n) => aRecord(Number(n)))))
            rest = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
          }
          expect(seen).toEqual(all)
        },
      ),
    )
  })

  it('ends in time to report what is done, but always tries one', async () => {
    const { handler, seen } = await aReader()
    expect(await handler(aBatch(aRecord(1), aRecord(2), aRecord(3)), aContext(500))).toEqual(failures('2', '3'))
    expect(seen).toEqual(['1'])
  })

  it('asks for the whole batch again when a record cannot be named', async () => {
    const { handler, failures: failing } = await aReader()
    failing.set('', passing)
    expect(await handler({ Records: [{ eventName: 'INSERT' }] })).toEqual(failures(''))
  })
})

describe('a poison record', () => {
  it('is set aside with all that is in it after three tries, and its neighbours are handled', async () => {
    const { deliver, seen, tried, letters, failures: failing, pauses } = await aReader()
    failing.set('2', poison)

    expect(await deliver([aRecord(1), aRecord(2), aRecord(3)])).toEqual([])

    expect(seen).toEqual(['1', '3'])
    expect(tried).toEqual(['1', '2', '2', '2', '3'])
    expect(pauses).toEqual([100, 200])
    const [letter] = (await letters.list({ limit: 10 })).letters
    expect(letter).toMatchObject({
      id: 'things:record-2',
      entity: 'THINGS#entity-2',
      state: 'dead',
      error: 'internal: TypeError: cannot read',
    })
    expect(await letters.content(letter!)).toEqual(aRecord(2))
  })

  it('is set aside once, however often it is delivered', async () => {
    const { deliver, letters, failures: failing } = await aReader()
    failing.set('1', poison)
    await deliver([aRecord(1)])
    await deliver([aRecord(1)])
    expect((await letters.list({ limit: 10 })).letters).toHaveLength(1)
  })

  it('whose failure looks as if it would pass is set aside after ten attempts and a quarter of an hour', async () => {
    const { deliver, seen, letters, clock, failures: failing } = await aReader()
    failing.set('1', passing)

    expect(await deliver([aRecord(1), aRecord(2)], 20)).toHaveLength(2)
    clock.advance(minutes(15))
    expect(await deliver([aRecord(1), aRecord(2)], 1)).toEqual([])

    expect(seen).toEqual(['2'])
    expect((await letters.list({ limit: 10 })).letters).toMatchObject([{ id: 'things:record-1', state: 'dead' }])
  })

  it('of 600 KB is kept whole', async () => {
    const { deliver, letters, failures: failing } = await aReader()
    failing.set('1', poison)
    const noise = (seed: number) =>
      Array.from({ length: 50_000 }, (_, at) => ((at * 7919 + seed) ** 3 % 1_000_003).toString(36)).join('')
    const record = aRecord(1)
    const large = {
      ...record,
      dynamodb: { ...record.dynamodb, OldImage: { a: { S: noise(1) } }, NewImage: { a: { S: noise(2) } } },
    }

    await deliver([large])

    const [letter] = (await letters.list({ limit: 10 })).letters
    expect(await letters.content(letter!)).toEqual(large)
    await letters.remove(letter!)
    expect(await letters.content(letter!)).toBeUndefined()
  })

  it('takes no secret of its error along', async () => {
    const { deliver, letters, failures: failing } = await aReader()
    failing.set('1', () => new Error('bad token ghp_abcdefghijklmnopqrstuvwxyz0123456789'))
    await deliver([aRecord(1)])
    expect((await letters.list({ limit: 1 })).letters[0]?.error).not.toContain('ghp_')
  })
})

describe('later records of an entity whose record was set aside', () => {
  it('wait for it at a reader that keeps the order, while other entities go on', async () => {
    const { deliver, seen, letters, failures: failing } = await aReader({ inOrder: true })
    failing.set('1', poison)

    await deliver([aRecord(1, 'a'), aRecord(2, 'b'), aRecord(3, 'a')])
    await deliver([aRecord(4, 'a'), aRecord(5, 'c')])

    expect(seen).toEqual(['2', '5'])
    const line = await letters.line({ reader: 'things', entity: 'THINGS#a' }, 10)
    expect(line.map(({ id, state }) => [id, state])).toEqual([
      ['things:record-1', 'dead'],
      ['things:record-3', 'held'],
      ['things:record-4', 'held'],
    ])
  })

  it('go on at a reader for which the order is nothing', async () => {
    const { deliver, seen, failures: failing } = await aReader()
    failing.set('1', poison)
    await deliver([aRecord(1, 'a'), aRecord(2, 'a')])
    expect(seen).toEqual(['2'])
  })
})

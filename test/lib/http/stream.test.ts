import type { DynamoDBStreamEvent } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStream } from '#lib/http/create-stream'
import { aContext, aLog } from '#test/helpers/http'

const aBatch = (...sequences: readonly string[]): DynamoDBStreamEvent => ({
  Records: sequences.map((SequenceNumber) => ({ eventName: 'INSERT', dynamodb: { SequenceNumber } })),
})

function aStream(failing: readonly string[] = []) {
  const { log, lines } = aLog()
  const stream = createStream({ log, clock: { now: () => 0 }, ids: { uuid: () => 'fresh-id', secret: () => '' } })
  const seen: string[] = []
  const handler = stream('relay', async ({ dynamodb }) => {
    await Promise.resolve()
    const sequence = dynamodb?.SequenceNumber ?? ''
    if (failing.includes(sequence)) throw new Error(`cannot ${sequence}`)
    seen.push(sequence)
  })
  return { handler, seen, lines }
}

const failures = (...sequences: readonly string[]) => ({
  batchItemFailures: sequences.map((itemIdentifier) => ({ itemIdentifier })),
})

describe('a stream handler', () => {
  it('takes the records in their order', async () => {
    const { handler, seen } = aStream()
    expect(await handler(aBatch('1', '2', '3'), aContext())).toEqual(failures())
    expect(seen).toEqual(['1', '2', '3'])
  })

  it('stops at the first that fails and gives it back with all behind it', async () => {
    const { handler, seen, lines } = aStream(['2', '4'])
    expect(await handler(aBatch('1', '2', '3', '4'), aContext())).toEqual(failures('2', '3', '4'))
    expect(seen).toEqual(['1'])
    expect(lines).toMatchObject([
      { level: 'error', facts: { run: 'relay', done: 1, left: 3, error: expect.any(Error) } },
    ])
  })

  it('handles every record once and in order when Lambda repeats from the first failure', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat(11), { maxLength: 6 }),
        async (size, stumbles) => {
          const { log } = aLog()
          const stream = createStream({ log, clock: { now: () => 0 }, ids: { uuid: () => 'id', secret: () => '' } })
          const left = [...stumbles]
          const seen: string[] = []
          const handler = stream('relay', async ({ dynamodb }) => {
            const sequence = dynamodb?.SequenceNumber ?? ''
            const stumble = left.indexOf(Number(sequence))
            if (stumble >= 0) {
              left.splice(stumble, 1)
              throw new Error('once more')
            }
            seen.push(sequence)
          })
          const all = Array.from({ length: size }, (_, n) => String(n))
          let rest = all
          while (rest.length > 0) {
            rest = (await handler(aBatch(...rest))).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
          }
          expect(seen).toEqual(all)
        },
      ),
    )
  })

  it('ends in time to report what is done, but always tries one', async () => {
    const { handler, seen } = aStream()
    expect(await handler(aBatch('1', '2', '3'), aContext(500))).toEqual(failures('2', '3'))
    expect(seen).toEqual(['1'])
  })

  it('asks for the whole batch again when a record cannot be named', async () => {
    const { handler } = aStream([''])
    expect(await handler({ Records: [{ eventName: 'INSERT' }] })).toEqual(failures(''))
  })
})

/** What readers of the stream write while nothing happens but schedules. */
import { expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { judgeReaders } from '#lib/events/health'
import { createStream } from '#lib/http/create-stream'
import { meter } from '#lib/store/client'
import { aBatch, aRecord, somePorts } from '#test/helpers/stream'

it('idle readers cost less than five write units in five minutes, and none is taken for one that stands still', async () => {
  const { ports, readers, client, clock } = await somePorts()
  const handlers = ['events-relay', 'events-count'].map((name) => createStream(ports)(name, async () => undefined))
  const units = meter(client)
  let writes = 0
  for (let minute = 0; minute < 60; minute++) {
    await readers.beat(clock.now(), minutes(5))
    expect(judgeReaders(await readers.all(), clock.now()).ok).toBe(true)
    const record = aRecord(minute)
    const made = { ...record.dynamodb, ApproximateCreationDateTime: clock.now() / 1000 }
    for (const handler of handlers) await handler(aBatch({ ...record, dynamodb: made }))
    writes = units.totals().writes
    clock.advance(minutes(1))
  }
  expect(writes / 12).toBeGreaterThan(2)
  expect(writes / 12).toBeLessThan(5)
})

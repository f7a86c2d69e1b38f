import { describe, expect, it } from 'vitest'
import { hours, minutes } from '#lib/clock'
import { judgeLetters, judgeReaders, judgeSinks } from '#lib/events/health'
import { meter } from '#lib/store/client'
import { createReaderStore } from '#lib/store/events/readers'
import { START } from '#test/helpers/clock'
import { aTable } from '#test/helpers/dynamodb'
import { aReader, aRecord } from '#test/helpers/stream'

const NOW = START

const note = (reader: string, { at = NOW, behind = 0 } = {}) => ({ reader, at, record_at: at - behind })
const bothUpTo = (at: number) => [note('events-relay', { at }), note('events-count', { at })]

describe('the readers of the stream in health', () => {
  it('are well while they handled the change before the newest', () => {
    const notes = bothUpTo(NOW - minutes(6))
    expect(judgeReaders({ notes, failing: [], beat: NOW - minutes(6) }, NOW)).toMatchObject({ ok: true })
  })

  it('are well in a table in which nothing ever changed', () => {
    expect(judgeReaders({ notes: [], failing: [], beat: null }, NOW)).toMatchObject({ ok: true })
  })

  it('are named when they missed it, with what to do', () => {
    const notes = [note('events-relay', { at: NOW - hours(3) })]
    const { ok, detail } = judgeReaders({ notes, failing: [], beat: NOW - minutes(6) }, NOW)
    expect(ok).toBe(false)
    expect(detail).toContain('events-relay has handled nothing newer than 2026-01-05T05:00:00.000Z')
    expect(detail).toContain('events-count has handled nothing yet')
    expect(detail).toContain('log')
  })

  it('are named with their lag when they come late', () => {
    const notes = [...bothUpTo(NOW), note('github-deliveries', { behind: minutes(25) })]
    expect(judgeReaders({ notes, failing: [], beat: null }, NOW)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('github-deliveries is 25 minutes behind'),
    })
  })

  it('are named while they repeat a record, not for ever after', () => {
    const failing = [{ reader: 'councils-run', record: 'r', first_at: NOW - minutes(8), last_at: NOW, attempts: 5 }]
    expect(judgeReaders({ notes: [], failing, beat: null }, NOW)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('councils-run repeats a record since 2026-01-05T07:52:00.000Z (5 attempts)'),
    })
    expect(judgeReaders({ notes: [], failing, beat: null }, NOW + hours(1))).toMatchObject({ ok: true })
  })
})

describe('the place of a reader', () => {
  it('is noted once a minute at most, and at once when it has caught up', async () => {
    const { deliver, readers, clock, client } = await aReader()
    const units = meter(client)
    clock.set(1_767_600_100 * 1000)
    for (let n = 1; n <= 30; n++) await deliver([aRecord(n)])
    expect(units.totals().writes).toBe(1)
    const [first] = (await readers.all()).notes
    expect(first?.at).toBe(1_767_600_100 * 1000)

    clock.advance(hours(1))
    await deliver([aRecord(31)])
    expect(judgeReaders({ ...(await readers.all()), beat: null }, clock.now()).ok).toBe(false)
    await deliver([
      { ...aRecord(32), dynamodb: { ...aRecord(32).dynamodb, ApproximateCreationDateTime: clock.now() / 1000 } },
    ])
    expect(judgeReaders({ ...(await readers.all()), beat: null }, clock.now()).ok).toBe(true)
  })

  it('is no news to the reader itself, or its note would be the next batch', async () => {
    const { handler, readers, seen } = await aReader()
    const own = { ...aRecord(1), dynamodb: { ...aRecord(1).dynamodb, Keys: { pk: { S: 'READERS' }, sk: { S: 'x' } } } }
    await handler({ Records: [own] })
    expect(seen).toEqual([])
    expect((await readers.all()).notes).toEqual([])
  })

  it('is compared with a change that is made every few minutes', async () => {
    const readers = createReaderStore((await aTable()).table)
    await readers.beat(START, minutes(5))
    expect((await readers.all()).beat).toBeNull()
    await readers.beat(START + minutes(4), minutes(5))
    await readers.beat(START + minutes(5), minutes(5))
    expect((await readers.all()).beat).toBe(START)
  })
})

describe('the sinks in health', () => {
  it('are well when nothing waits', () => {
    expect(judgeSinks([{ sink: 'redis', behind: null }], NOW)).toMatchObject({ ok: true })
  })

  it('tell how many entities wait and since when', () => {
    const behind = { entities: 12, more: false, since: NOW - hours(2) }
    const { ok, detail } = judgeSinks([{ sink: 'redis', behind }], NOW)
    expect(ok).toBe(false)
    expect(detail).toContain('redis: events of 12 entities wait, the oldest since 2026-01-05T06:00:00.000Z.')
  })

  it('that were down for a moment are told, but are no reason to act', () => {
    const behind = { entities: 200, more: true, since: NOW - minutes(1) }
    expect(judgeSinks([{ sink: 'redis', behind }], NOW)).toMatchObject({
      ok: true,
      detail: expect.stringContaining('more than 200 entities'),
    })
  })
})

describe('dead letters in health', () => {
  it('are counted by reader and sink, with their age and what to do', () => {
    const letters = [
      { reader: 'events-relay', at: NOW - hours(1) },
      { reader: 'events-relay', at: NOW },
    ]
    expect(judgeLetters(letters, [{ sink: 'redis', at: NOW }], true)).toEqual({
      ok: false,
      detail:
        'More than 3 set aside (events-relay 2, redis 1), the oldest since 2026-01-05T07:00:00.000Z: npx coxswain redrive list.',
    })
    expect(judgeLetters([], [], false)).toMatchObject({ ok: true })
  })
})

/** The checks of `GET /health` that tell of events, on the real table: six reads of small items, whatever is behind. */
import type { Instant } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createDeadLetterStore } from '#lib/store/events/dead-letters'
import { createReaderStore } from '#lib/store/events/readers'
import { createParkingStore } from '#lib/store/parked'
import { theTable } from '#lib/store/wiring'
import { SINKS } from './dead-letters.ts'
import { judgeLetters, judgeReaders, judgeSinks } from './health.ts'

const table = theTable()
const parking = createParkingStore(table, systemIds)
const letters = createDeadLetterStore(table)
const readers = createReaderStore(table)

/** Letters, and events of each sink, that are counted; more are told as "more than". */
const MOST_LETTERS = 50
const MOST_EVENTS = 10

export const eventChecks = {
  streams: async (now: Instant) => judgeReaders(await readers.all(), now),
  sinks: async (now: Instant) => judgeSinks(await parking.rests(), now),
  async dead_letters() {
    const [page, ...events] = await Promise.all([
      letters.list({ limit: MOST_LETTERS }),
      ...SINKS.map(async (sink) => (await parking.dead(sink, MOST_EVENTS)).map(({ at }) => ({ sink, at }))),
    ])
    const more = page.cursor !== undefined || events.some((some) => some.length === MOST_EVENTS)
    return judgeLetters(page.letters, events.flat(), more)
  },
}

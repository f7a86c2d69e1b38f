/** Collecting dead letters with its real parts. Apart from the relay: it needs no sink. */
import { systemClock } from '#lib/clock'
import { createDeadLetterStore } from '#lib/store/events/dead-letters'
import { unhandledLetter } from '#lib/store/events/records'
import { createRangeReader } from '#lib/store/events/stream-range'
import { thePlace, theTable } from '#lib/store/wiring'
import { createCollect } from './collect.ts'

export const collect = createCollect({
  letters: createDeadLetterStore(theTable()),
  read: createRangeReader(thePlace()),
  letterOf: (reader, record, error) => unhandledLetter(reader, record, { error, at: systemClock.now() }),
  clock: systemClock,
})

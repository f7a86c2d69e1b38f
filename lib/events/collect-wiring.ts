/** Collecting dead letters with its real parts. Apart from the relay: it needs no sink. */
import { systemClock } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { createDeadLetterStore } from '#lib/store/events/dead-letters'
import { unhandledLetter } from '#lib/store/events/records'
import { createRangeReader } from '#lib/store/events/stream-range'
import { theTable } from '#lib/store/wiring'
import { createCollect } from './collect.ts'

const { AWS_REGION: region, DYNAMODB_ENDPOINT: endpoint } = readConfig({
  AWS_REGION: settings.AWS_REGION,
  DYNAMODB_ENDPOINT: settings.DYNAMODB_ENDPOINT,
})

export const collect = createCollect({
  letters: createDeadLetterStore(theTable()),
  read: createRangeReader({ region, endpoint }),
  letterOf: (reader, record, error) => unhandledLetter(reader, record, { error, at: systemClock.now() }),
  clock: systemClock,
})

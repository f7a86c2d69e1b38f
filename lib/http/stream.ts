/** `stream()`: makes the handler of the table's stream. See create-stream.ts. */
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createStream } from './create-stream.ts'
import { log } from './logger.ts'

export const stream = createStream({ clock: systemClock, ids: systemIds, log })

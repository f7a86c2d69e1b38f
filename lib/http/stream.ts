/** `stream()` and `batchStream()`: make handlers of the table's stream. See create-stream.ts and create-batch-stream.ts. */
import { seal } from '#lib/auth/seal-wiring'
import { systemClock, systemSleep } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createBatchStream } from './create-batch-stream.ts'
import { createStream } from './create-stream.ts'
import { log } from './logger.ts'
import { keep } from './stream-wiring.ts'

const ports = { clock: systemClock, ids: systemIds, log, seal, sleep: systemSleep, keep }

export const stream = createStream(ports)
export const batchStream = createBatchStream(ports)

/** Where the stream's readers keep their dead letters and notes: the table, opened when first needed. */
import { createDeadLetterStore } from '#lib/store/events/dead-letters'
import { createReaderStore } from '#lib/store/events/readers'
import { theTable } from '#lib/store/wiring'
import type { StreamPorts } from './create-stream.ts'

let kept: ReturnType<StreamPorts['keep']> | undefined

export const keep: StreamPorts['keep'] = () => {
  kept ??= { letters: createDeadLetterStore(theTable()), readers: createReaderStore(theTable()) }
  return kept
}

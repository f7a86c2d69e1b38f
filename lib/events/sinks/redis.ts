/** The Redis sink: each event is one entry of the stream, a single field `data` with the envelope as JSON. */
import type { Envelope, EventSink } from '../envelope.ts'
import type { RedisStream } from '../redis.ts'

export interface RedisSinkPorts {
  readonly stream: Pick<RedisStream, 'append'>
  /** Which events go there; all of them, unless told otherwise. */
  readonly takes?: (event: Envelope) => boolean
}

export function createRedisSink({ stream, takes = () => true }: RedisSinkPorts): EventSink {
  return {
    name: 'redis',
    async deliver(event) {
      if (takes(event)) await stream.append(event.event_id, JSON.stringify(event))
    },
  }
}

/**
 * A Redis Stream to append to: connected when first needed, never waited for longer than a moment.
 *
 * XADD itself takes every repeat for a new entry (an explicit id would have to rise over the whole stream, which events of
 * many entities do not; XADD's own idempotency came with Redis 8.6). So a script appends and notes the event's id
 * beside the stream, in one step: a repeat within two days, even one whose first answer was lost, adds nothing. What
 * comes later, or after a failover that lost the note, is added again; consumers tell by `event_id`.
 */
import type { RedisClientType } from '@redis/client'
import { AppError } from '#lib/errors'

export interface RedisStream {
  /** Appends one entry with the field `data`; false when this id was appended before. Throws `upstream_unavailable`. */
  append(id: string, data: string): Promise<boolean>
  /** Safe to call at any time; the next append connects again. */
  close(): void
}

export interface RedisStreamOptions {
  /** `redis://` or `rediss://`, with user and password if need be. */
  readonly url: string
  readonly stream: string
  /** About how many entries are kept. */
  readonly maxLength?: number
  /** Milliseconds, to connect and again to append. */
  readonly timeoutMs?: number
}

type Client = RedisClientType

const MAX_LENGTH = 100_000
/** A Redis that needs longer is not well; the event is parked and comes again. */
const TIMEOUT_MS = 1000
/** The table's stream repeats a record for a day at most. */
const SEEN_SECONDS = 2 * 86_400

/** KEYS: stream, note. ARGV: length, data, seconds. The entry comes first, so that a failure leaves no note behind. */
const APPEND = `
if redis.call('EXISTS', KEYS[2]) == 1 then return false end
local entry = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'data', ARGV[2])
redis.call('SET', KEYS[2], entry, 'EX', ARGV[3])
return entry`

/** Throws `invalid` for an address that is none of Redis. */
export function createRedisStream(options: RedisStreamOptions): RedisStream {
  const { url, stream, maxLength = MAX_LENGTH, timeoutMs = TIMEOUT_MS } = options
  if (!/^rediss?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new AppError('invalid', 'REDIS_URL must be a redis:// or rediss:// address.')
  }
  let connecting: Promise<Client> | undefined

  const drop = (client?: Client): void => {
    connecting = undefined
    if (client?.isOpen) client.destroy()
  }

  const connection = (): Promise<Client> => {
    connecting ??= connect(url, timeoutMs, drop).catch((error: unknown) => {
      drop()
      throw error
    })
    return connecting
  }

  return {
    async append(id, data) {
      const keys = [stream, seenKey(stream, id)]
      const call = { keys, arguments: [String(maxLength), data, String(SEEN_SECONDS)] }
      let client: Client | undefined
      try {
        client = await connection()
        return (await within(timeoutMs, client.eval(APPEND, call))) !== null
      } catch (error) {
        // A connection that failed once says nothing reliable any more.
        drop(client)
        throw new AppError('upstream_unavailable', 'Redis did not take the event.', {
          cause: error,
          details: { service: 'redis' },
        })
      }
    },

    close() {
      void connecting?.then(drop, () => undefined)
      connecting = undefined
    },
  }
}

/** Beside its stream, in a cluster too: in the stream's own braces if it has some, else in braces around its name. */
export function seenKey(stream: string, id: string): string {
  return stream.includes('{') ? `${stream}:seen:${id}` : `{${stream}}:seen:${id}`
}

async function connect(url: string, timeoutMs: number, drop: (client: Client) => void): Promise<Client> {
  // Imported only where there is a Redis: it is half of a cold start.
  const { createClient } = await import('@redis/client')
  const client: Client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: timeoutMs, reconnectStrategy: false },
  })
  // Without a listener the process would end. The call in hand fails by itself; the next one connects again.
  client.on('error', () => drop(client))
  try {
    await within(timeoutMs, client.connect())
    return client
  } catch (error) {
    if (client.isOpen) client.destroy()
    throw error
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms.`)), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

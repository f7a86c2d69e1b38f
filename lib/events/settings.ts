/** The variables that say where events go, for `readConfig`. */
import * as z from 'zod/mini'
import { optionalUrl } from '#lib/config'
import { word } from '#lib/forms'

/** A name or an ARN, as EventBridge takes it. */
export const busName = z.optional(
  z
    .string()
    .check(
      z.regex(
        /^(?:arn:aws[a-z-]{0,20}:events:[a-z0-9-]{1,32}:\d{12}:event-bus\/)?[A-Za-z0-9._/-]{1,256}$/,
        'must be the name or the ARN of an event bus',
      ),
    ),
)
const redisUrl = z.optional(z.string().check(z.refine(isRedis, 'must be an address like rediss://host:6379')))

export const eventSettings = {
  CHRONICLE_SERVICE_URL: optionalUrl,
  EVENT_BUS_NAME: busName,
  EVENTBRIDGE_ENDPOINT: optionalUrl,
  REDIS_URL: redisUrl,
  REDIS_STREAM_NAME: z._default(word, 'orchestration_events'),
} as const

function isRedis(text: string): boolean {
  const parsed = URL.parse(text)
  return parsed !== null && ['redis:', 'rediss:'].includes(parsed.protocol) && parsed.hostname !== ''
}

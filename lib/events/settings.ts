/** The variables that say where events go, for `readConfig`. */
import * as z from 'zod/mini'
import { optionalText, optionalUrl } from '#lib/config'

export const eventSettings = {
  CHRONICLE_SERVICE_URL: optionalUrl,
  EVENT_BUS_NAME: optionalText,
  EVENTBRIDGE_ENDPOINT: optionalUrl,
  REDIS_URL: optionalText,
  REDIS_STREAM_NAME: z._default(z.string(), 'orchestration_events'),
} as const

/**
 * Schedules of CronJobs, read as Kubernetes reads them: `ParseStandard` of robfig/cron v3.0.1, and besides that no time
 * zone inside the schedule. `test/recordings/cron` holds what that library makes of schedules.
 */
import { parseDuration } from './duration.ts'
import { type Field, FieldError, type FieldName, parseField } from './field.ts'

export type Schedule = FieldSchedule | EverySchedule

export interface FieldSchedule {
  readonly kind: 'fields'
  readonly minute: Field
  readonly hour: Field
  readonly day: Field
  readonly month: Field
  readonly weekday: Field
}

export interface EverySchedule {
  readonly kind: 'every'
  /** At least 1. */
  readonly seconds: number
}

/** Why Kubernetes refuses a schedule, in the words of its API server. */
export interface Fault {
  readonly kind: 'fault'
  /** The field of the expression; null when it is about the whole. */
  readonly field: FieldName | null
  readonly reason: string
}

/** What Go's `strings.Fields` splits at. */
const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/
const FIELDS = 5

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const EVERY = '@every '

export function parseSchedule(text: string): Schedule | Fault {
  if (text === '') return fault('empty spec string')
  if (text.includes('TZ')) return fault('cannot use TZ or CRON_TZ in schedule, use timeZone field instead')
  if (text.startsWith(EVERY)) return everyOf(text)
  const spec = Object.hasOwn(DESCRIPTORS, text) ? String(DESCRIPTORS[text]) : text
  if (spec.startsWith('@')) return fault(`unrecognized descriptor: ${text}`)
  const fields = spec.split(SPACE).filter((field) => field !== '')
  if (fields.length !== FIELDS) {
    return fault(`expected exactly ${FIELDS} fields, found ${fields.length}: [${fields.join(' ')}]`)
  }
  return fieldsOf(fields)
}

function fieldsOf([minute = '', hour = '', day = '', month = '', weekday = '']: readonly string[]): Schedule | Fault {
  let reading: FieldName = 'minute'
  const read = (name: FieldName, text: string): Field => {
    reading = name
    return parseField(name, text)
  }
  try {
    return {
      kind: 'fields',
      minute: read('minute', minute),
      hour: read('hour', hour),
      day: read('day of month', day),
      month: read('month', month),
      weekday: read('day of week', weekday),
    }
  } catch (error) {
    if (error instanceof FieldError) return { kind: 'fault', field: reading, reason: error.message }
    throw error
  }
}

/** Parts of a second are cut off, and less than a second is one. */
function everyOf(text: string): Schedule | Fault {
  const duration = parseDuration(text.slice(EVERY.length))
  if (typeof duration !== 'number') return fault(`failed to parse duration ${text}: ${duration.fault}`)
  return { kind: 'every', seconds: Math.max(1, Math.floor(duration)) }
}

const fault = (reason: string): Fault => ({ kind: 'fault', field: null, reason })

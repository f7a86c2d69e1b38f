/** Answers of the real upstream services, by service. */
import { readFileSync } from 'node:fs'

export const RECORDED_SERVICES = ['project', 'backlog', 'sprint', 'chronicle'] as const
export type RecordedService = (typeof RECORDED_SERVICES)[number]

export interface RecordedAnswer {
  readonly says: string
  /** `GET /projects/{id}`: `{id}`, `{sprint}` and `{task}` exist, `{unknown}` does not. */
  readonly call: string
  readonly send?: unknown
  readonly status: number
  readonly body: unknown
}

/** In the order in which they were made. */
export function recordedAnswers(service: RecordedService): readonly RecordedAnswer[] {
  return JSON.parse(readFileSync(`test/recordings/upstream/${service}.json`, 'utf8'))
}

/** The first answer with this beginning. */
export function recorded(service: RecordedService, call: string): RecordedAnswer {
  const found = recordedAnswers(service).find((one) => one.call.startsWith(call))
  if (found === undefined) throw new Error(`There is no recording of ${call}.`)
  return found
}

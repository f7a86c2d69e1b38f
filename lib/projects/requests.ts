/** From what a request says to what the orchestration is asked. */
import type * as z from 'zod'
import { AppError } from '#lib/errors'
import type { Request } from './orchestrate.ts'
import type { orchestrateBody } from './schemas.ts'

export interface Received {
  readonly project: string
  readonly body: z.output<typeof orchestrateBody>
  /** The body as it came: `{}` asks for everything by default, nothing at all is a mistake. */
  readonly raw: string | undefined
  readonly correlation_id: string
}

/** Throws `invalid` when there is no body. */
export function toRequest({ project, body, raw, correlation_id }: Received): Request {
  if ((raw ?? '').trim() === '') {
    const message = 'must be a JSON object; send {} for the defaults'
    throw new AppError('invalid', `The body ${message}.`, { errors: [{ path: '', message }] })
  }
  const { schedule, ...options } = body.options
  return { project, options, schedule, dry_run: body.dry_run, correlation_id }
}

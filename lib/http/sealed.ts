/** Lets a function that no route leads to run only for events that its own source sent. */
import type { Context } from 'aws-lambda'
import type { Seal } from '#lib/auth/seal'
import { AppError } from '#lib/errors'
import type { Log } from './log.ts'

/** Where a direct invocation carries its seal: the client context, which Lambda hands over beside the event. */
export const SEAL_MEMBER = 'coxswain_seal'

export interface SealedPorts {
  readonly log: Log
  /** Undefined: events need none, as on AWS, where only the configured sources may call. */
  readonly seal?: Seal | undefined
}

/** Throws `unauthenticated` for an event without a seal for this very function and event. */
export function requireSeal({ seal, log }: SealedPorts, event: unknown, context: Context | undefined): void {
  if (seal === undefined) return
  const functionName = context?.functionName ?? ''
  const custom: unknown = context?.clientContext?.custom
  const given = typeof custom === 'object' && custom !== null ? Reflect.get(custom, SEAL_MEMBER) : undefined
  if (seal.provesEvent(functionName, event, given)) return
  log.error('unsealed event refused', { function: functionName })
  throw new AppError('unauthenticated', 'This event does not come from the stack that runs this function.')
}

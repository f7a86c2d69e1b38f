/**
 * Seals: proof that a caller's context or an event comes from the local stack, where any program can reach the functions
 * past their routes. On AWS only API Gateway and the event sources can call a function, so there is no key and no seal.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Instant, seconds } from '#lib/clock'

/** What the authorizer says of a known caller. */
export interface SealedCaller {
  readonly token_id: string
  readonly owner: string
  readonly scopes: string
}

export interface Seal {
  /** Seals a caller at `now`; the two members to add to the authorizer's context. */
  ofCaller(caller: SealedCaller, now: Instant): { readonly sealed_at: string; readonly seal: string }
  /** True when the context was sealed with this key, a short time before `now`, and says the same still. */
  provesCaller(context: Readonly<Record<string, unknown>>, now: Instant): boolean
  /** Seals an event for one function. */
  ofEvent(functionName: string, event: unknown): string
  provesEvent(functionName: string, event: unknown, seal: unknown): boolean
}

/**
 * A handler runs right after its authorizer, on a busy machine seconds later. A caller who was known is not known for
 * longer than this to who kept the context.
 */
const CALLER_VALID_MS = seconds(60)

/** Undefined without a key: then nothing is sealed, and nothing is asked for a seal. */
export function createSeal(key: string | undefined): Seal | undefined {
  if (key === undefined) return undefined
  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('base64url')
  const proves = (text: string, seal: unknown): boolean => {
    const expected = Buffer.from(sign(text))
    const actual = Buffer.from(typeof seal === 'string' ? seal : '')
    return expected.length === actual.length && timingSafeEqual(expected, actual)
  }
  return {
    ofCaller(caller, now) {
      const sealed_at = String(now)
      return { sealed_at, seal: sign(callerText({ ...caller, sealed_at })) }
    },
    provesCaller(context, now) {
      const age = now - Number(context['sealed_at'])
      // A clock that was set back must not lock the user out for longer than it would have been valid.
      return Math.abs(age) <= CALLER_VALID_MS && proves(callerText(context), context['seal'])
    },
    ofEvent: (functionName, event) => sign(eventText(functionName, event)),
    provesEvent: (functionName, event, seal) => proves(eventText(functionName, event), seal),
  }
}

/** The first line keeps one kind of text from passing for the other. JSON keeps one member from running into the next. */
function callerText(context: Readonly<Record<string, unknown>>): string {
  const { token_id, owner, scopes, sealed_at } = context
  return `caller\n${JSON.stringify([token_id, owner, scopes, sealed_at])}`
}

/** Text that was parsed from JSON comes out the same when it is written again. */
function eventText(functionName: string, event: unknown): string {
  return `event\n${functionName}\n${JSON.stringify(event)}`
}

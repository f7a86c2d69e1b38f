/** Who did something: the holder of the token, and nobody else. */
import { AppError } from '#lib/errors'
import type { EventName } from './model.ts'

/** The caller of a route as far as it matters here. */
export interface Speaker {
  /** A worker's id, a person, or `*` for a development token that may act as anybody. */
  readonly owner: string
  readonly scopes: readonly string[]
}

/** What an agent says of its own work; everything else is for operators. */
const AGENT_EVENTS: readonly EventName[] = ['phase_complete', 'phase_failed']

/** The name an event is written down under. Throws `forbidden` when the token's holder names another. */
export function actorOf(speaker: Speaker, named: string | undefined, otherwise: string): string {
  if (speaker.owner === '*') return named ?? otherwise
  if (named === undefined || named === speaker.owner) return speaker.owner
  throw new AppError('forbidden', 'This token is not that actor’s. Everybody acts in his own name only.', {
    details: { token_owner: speaker.owner },
  })
}

/** Throws `forbidden` when a worker's token tries what only an operator may. */
export function checkMaySay(speaker: Speaker, event: EventName): void {
  if (speaker.scopes.includes('operator') || AGENT_EVENTS.includes(event)) return
  throw new AppError('forbidden', `This needs a token with the scope operator: a worker cannot ${event}.`, {
    details: { needed: ['operator'] },
  })
}

/** Who an event is by when a development token names nobody: agents do phases, operators decide. */
export function unnamed(event: EventName): string {
  return AGENT_EVENTS.includes(event) ? 'agent' : 'operator'
}

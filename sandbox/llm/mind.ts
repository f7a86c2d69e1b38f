/** What every route is handed, and how a question comes to its answer. */
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Sleep } from '#lib/clock'
import type { Ids } from '#lib/ids'
import type { Faults } from '../http/faults.ts'
import type { Ledger } from './ledger.ts'
import type { Order, Orders } from './orders.ts'
import type { Ask } from './requests.ts'
import { fractionOf, hostileProposal, jsonFor, proposalFor } from './words.ts'

export interface World {
  readonly faults: Faults
  readonly orders: Orders
  readonly ledger: Ledger
  readonly sleep: Sleep
  readonly ids: Ids
  /** Milliseconds a model thinks at least; up to twice as long, by the question. */
  readonly thinkMs: number
}

export type Env = { Bindings: HttpBindings }

export function answerOf(ask: Ask, key: string): string {
  return ask.schema === null ? proposalFor(ask, key) : JSON.stringify(jsonFor(ask, ask.schema, key))
}

export function orderedText({ as, text }: Order, ask: Ask, key: string): string {
  switch (as) {
    case 'thinking':
      return answerOf(ask, key)
    case 'malformed':
      return 'I would rather not answer in that shape: {"reviews": ['
    case 'hostile':
      return hostileProposal(ask)
    case 'refusal':
      return 'I cannot help with that.'
    case 'text':
      return text
    case 'problem':
    case 'empty':
    case 'garbage':
    case 'huge':
      return ''
  }
}

export async function think({ sleep, thinkMs }: World, { user }: { readonly user: string }): Promise<void> {
  if (thinkMs > 0) await sleep(thinkMs * (1 + fractionOf(user)))
}

export async function bodyOf(c: Context): Promise<unknown> {
  try {
    return JSON.parse(await c.req.text())
  } catch {
    return undefined
  }
}

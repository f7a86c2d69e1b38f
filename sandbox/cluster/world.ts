/** What every part is handed: the stand-in's pieces, and what is known about the call in hand. */
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Clock } from '#lib/clock'
import type { Faults } from '#sandbox/github/http/faults'
import type { Admission } from './api/admission.ts'
import type { Rights, User } from './api/rbac.ts'
import type { Controller } from './controller/controller.ts'
import type { Tally } from './http/tally.ts'
import type { Tokens } from './http/tokens.ts'
import type { Store } from './state/store.ts'

export interface World {
  readonly store: Store
  readonly rights: Rights
  readonly admission: Admission
  readonly tokens: Tokens
  readonly faults: Faults
  readonly tally: Tally
  readonly controller: Controller
  readonly clock: Clock
}

export interface Env {
  Bindings: HttpBindings
  Variables: { user: User }
}

export type Call = Context<Env>

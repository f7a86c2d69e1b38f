/** Who does something, where, and with what: the same for a call of the API and a form of a page. */
import type { Actor, RepositoryRecord } from '../state/model.ts'
import type { World } from '../world.ts'

export interface Doing {
  readonly world: World
  readonly repository: RepositoryRecord
  readonly user: Actor
}

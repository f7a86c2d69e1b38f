/** The authorizer with its real parts. Kept apart from all other wiring: it is on the path of every request. */
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createTokenStore } from '#lib/store/tokens'
import { theTable } from '#lib/store/wiring'
import { createAuthorizer } from './authorizer.ts'
import { seal } from './seal-wiring.ts'
import { createTokens } from './service.ts'

const store = createTokenStore(theTable())

export const authorize = createAuthorizer({
  tokens: createTokens({ store, clock: systemClock, ids: systemIds }),
  clock: systemClock,
  seal,
  // One line of JSON, as the logger of the handlers writes; the logger itself would double this function.
  onFailure: (error) =>
    console.error(JSON.stringify({ level: 'ERROR', message: 'the tokens cannot be read', error: String(error) })),
})

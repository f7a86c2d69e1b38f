/** Lets in whom the tokens of the HTTP API let in, by the same rules. */
import type { AuthorizerAnswer, AuthorizerEvent } from '#lib/auth/authorizer'
import { admit } from '#lib/auth/caller'
import type { Admit } from './call.ts'

export function createAdmission(authorize: (event: AuthorizerEvent) => Promise<AuthorizerAnswer>): Admit {
  return async (authorization, scope) => {
    const headers = authorization === undefined ? {} : { authorization }
    const { context } = await authorize({ headers })
    admit(context, [scope])
  }
}

/** For a server that only its own machine reaches. */
export const everybody: Admit = async () => undefined

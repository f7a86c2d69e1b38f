/** The authorizer of every route but the open ones: tells the handler who calls. */
import type { AuthorizerAnswer, AuthorizerEvent } from '#lib/auth/authorizer'
import { authorize } from '#lib/auth/wiring'

export const handler = (event: AuthorizerEvent): Promise<AuthorizerAnswer> => authorize(event)

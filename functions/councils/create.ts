/** POST /councils: make a council; each of its agents is made once to see that it can be. */

import { councils } from '#lib/councils/agents-wiring'
import { answered } from '#lib/councils/answers'
import { createCouncilBody } from '#lib/councils/schemas'
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'

export const handler = api({ scope: 'operator', body: createCouncilBody, idempotent: true }, async ({ body }) =>
  answer(201, await answered(councils.createCouncil(body))),
)

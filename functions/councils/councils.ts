/** GET and DELETE /councils: which councils there are, and removing one. */
import { answered } from '#lib/councils/answers'
import { councilsQuery, deleteCouncilQuery } from '#lib/councils/schemas'
import { desk } from '#lib/councils/wiring'
import { api } from '#lib/http/api'

export const list = api({ scope: 'operator', query: councilsQuery }, async ({ query }) => ({
  councils: await answered(desk.listCouncils(query)),
}))

export const remove = api({ scope: 'operator', query: deleteCouncilQuery }, ({ query }) =>
  answered(desk.deleteCouncil(query.role)),
)

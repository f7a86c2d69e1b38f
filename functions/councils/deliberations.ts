/** GET /deliberations, /deliberations/{execution_id} and its transcript, POST its recount: what became of each run. */
import { answered, storedJson } from '#lib/councils/answers'
import { deliberationsQuery, executionPath } from '#lib/councils/schemas'
import { desk } from '#lib/councils/wiring'
import { api } from '#lib/http/api'

export const list = api({ scope: 'operator', query: deliberationsQuery }, async ({ query }) => {
  const { deliberations, next_cursor } = await answered(desk.list(query))
  return { deliberations: deliberations.map(storedJson), ...(next_cursor !== undefined && { next_cursor }) }
})

export const get = api({ scope: 'operator', params: executionPath }, async ({ params }) =>
  storedJson(await answered(desk.result(params.execution_id))),
)

export const transcript = api({ scope: 'operator', params: executionPath }, ({ params }) =>
  answered(desk.transcript(params.execution_id)),
)

export const recount = api({ scope: 'operator', params: executionPath }, ({ params }) =>
  answered(desk.recount(params.execution_id)),
)

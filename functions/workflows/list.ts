/** GET /workflows: all workflows, those under way first, and how many stand in each state. */
import { api } from '#lib/http/api'
import { listQuery } from '#lib/workflows/schemas'
import { workflows } from '#lib/workflows/wiring'

export const handler = api({ scope: 'reader', query: listQuery }, ({ query }) => workflows.list(query))

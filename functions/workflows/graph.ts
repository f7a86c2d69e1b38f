/** GET /workflow/{feature_id}/graph: nodes, edges and where it stands; Mermaid text for who accepts it. */
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'
import { mermaidOf } from '#lib/workflows/graph'
import { featurePath } from '#lib/workflows/schemas'
import { workflows } from '#lib/workflows/wiring'

const MERMAID = 'text/vnd.mermaid'

export const handler = api({ scope: 'reader', params: featurePath }, async ({ params, event }) => {
  const graph = await workflows.graph(params.feature_id)
  const wantsText = event.headers?.['accept']?.toLowerCase().includes(MERMAID) ?? false
  return wantsText ? answer(200, mermaidOf(graph), { 'content-type': `${MERMAID}; charset=utf-8` }) : graph
})

/** Software development: specification and planning, a review, implementation. */
import type { DefinitionInput } from '../definition.ts'

export const sdlc: DefinitionInput = {
  name: 'sdlc',
  version: 1,
  description: 'Specification and planning, a review, then implementation.',
  max_rework: 5,
  phases: [
    {
      name: 'Specification and planning',
      dispatch: 'hub',
      agent: 'architecture',
      workflow_type: 'specify',
      gate: { name: 'Review', quorum: 1, on_expiry: 'remind' },
    },
    { name: 'Implementation', dispatch: 'hub', agent: 'backend', workflow_type: 'implement' },
  ],
}

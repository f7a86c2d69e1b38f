/** A feature is implemented: a first version and the finished one, each approved by a human. The caller drives it: nothing is sent to the agent hub. */
import type { DefinitionInput } from '../definition.ts'

export const implement: DefinitionInput = {
  name: 'implement',
  version: 1,
  description: 'A feature is implemented: a first version and the finished one, each approved by a human.',
  max_rework: 100,
  phases: [
    {
      name: 'First version',
      dispatch: 'manual',
      workflow_type: 'implement',
      retry: { attempts: 1 },
      gate: { name: 'Review of the draft', four_eyes: false },
    },
    {
      name: 'Finished version',
      dispatch: 'manual',
      workflow_type: 'implement',
      retry: { attempts: 1 },
      gate: { name: 'Final review', four_eyes: false },
    },
  ],
}

/** A feature is planned: an outline and the plan, each approved by a human. The caller drives it: nothing is sent to the agent hub. */
import type { DefinitionInput } from '../definition.ts'

export const plan: DefinitionInput = {
  name: 'plan',
  version: 1,
  description: 'A feature is planned: an outline and the plan, each approved by a human.',
  max_rework: 100,
  phases: [
    {
      name: 'Outline',
      dispatch: 'manual',
      workflow_type: 'plan',
      retry: { attempts: 1 },
      gate: { name: 'Review of the draft', four_eyes: false },
    },
    {
      name: 'Plan',
      dispatch: 'manual',
      workflow_type: 'plan',
      retry: { attempts: 1 },
      gate: { name: 'Final review', four_eyes: false },
    },
  ],
}

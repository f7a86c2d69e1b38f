/** A feature is specified: a draft and its final form, each approved by a human. The caller drives it: nothing is sent to the agent hub. */
import type { DefinitionInput } from '../definition.ts'

export const specify: DefinitionInput = {
  name: 'specify',
  version: 1,
  description: 'A feature is specified: a draft and its final form, each approved by a human.',
  max_rework: 100,
  phases: [
    {
      name: 'Draft',
      dispatch: 'manual',
      workflow_type: 'specify',
      retry: { attempts: 1 },
      gate: { name: 'Review of the draft', four_eyes: false },
    },
    {
      name: 'Specification',
      dispatch: 'manual',
      workflow_type: 'specify',
      retry: { attempts: 1 },
      gate: { name: 'Final review', four_eyes: false },
    },
  ],
}

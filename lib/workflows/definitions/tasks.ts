/** A plan is cut into tasks: a draft and the final list, each approved by a human. The caller drives it: nothing is sent to the agent hub. */
import type { DefinitionInput } from '../definition.ts'

export const tasks: DefinitionInput = {
  name: 'tasks',
  version: 1,
  description: 'A plan is cut into tasks: a draft and the final list, each approved by a human.',
  max_rework: 100,
  phases: [
    {
      name: 'Draft',
      dispatch: 'manual',
      workflow_type: 'tasks',
      retry: { attempts: 1 },
      gate: { name: 'Review of the draft', four_eyes: false },
    },
    {
      name: 'Task list',
      dispatch: 'manual',
      workflow_type: 'tasks',
      retry: { attempts: 1 },
      gate: { name: 'Final review', four_eyes: false },
    },
  ],
}

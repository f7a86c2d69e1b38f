/** The counters of jobs and workflows on the real table. Apart from the relay, so that counting carries no sink along. */
import { createCounts } from '#lib/store/counts'
import { theTable } from '#lib/store/wiring'
import { createWorkflowCounts } from '#lib/store/workflows-counts'

const table = theTable()

export const counts = createCounts(table)
export const workflowCounts = createWorkflowCounts(table)

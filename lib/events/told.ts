/** Everything a record of the table's stream tells the outside: events of jobs, of writes that GitHub refused, of workers, of workflows and of projects. */
import type { DynamoDBRecord } from 'aws-lambda'
import { councilEventOf } from '#lib/councils/events'
import { eventsOf } from '#lib/projects/events'
import { councilRunChangeOf } from '#lib/store/councils-stream'
import { decisionOf } from '#lib/store/projects-stream'
import { refusalOfRecord } from '#lib/store/refused'
import { changeOf } from '#lib/store/stream'
import { workerChangeOf } from '#lib/store/worker-stream'
import { workflowChangeOf } from '#lib/store/workflow-stream'
import { workflowEventOf } from '#lib/workflows/events'
import { eventOf } from './change.ts'
import { debtEventOf } from './debt-event.ts'
import type { Envelope } from './envelope.ts'
import { workerEventOf } from './worker-event.ts'

/** The events of one record, in their order; none when it is no change worth telling. */
export function toldBy(record: DynamoDBRecord): readonly Envelope[] {
  const job = changeOf(record)
  const workflow = workflowChangeOf(record)
  const decision = decisionOf(record)
  const worker = workerChangeOf(record)
  const run = councilRunChangeOf(record)
  const debt = refusalOfRecord(record)
  const single = [
    job && eventOf(job),
    workflow && workflowEventOf(workflow),
    worker && workerEventOf(worker),
    run && councilEventOf(run),
    debt && debtEventOf(debt),
  ].filter((event) => event !== undefined)
  return [...single, ...(decision === undefined ? [] : eventsOf(decision))]
}

/** The GitHub sink: each change of a job becomes what its issue should look like, written down as a debt. */

import { completionComment, cycleComment, failureComment, followedComment, reworkComment } from '#lib/github/comments'
import type { OwedWrite } from '#lib/github/ports'
import { attemptOf } from '#lib/queue/decide'
import { FAILED, IN_PROGRESS, STATE_LABELS, stateLabelOf } from '#lib/queue/labels'
import type { Job } from '#lib/queue/model'
import { isRework, pullUrlOf } from '#lib/queue/review'
import { type EventType, eventTypeOf, type JobChange } from '../change.ts'
import type { Sink } from '../relay.ts'

export interface GitHubSinkPorts {
  readonly owe: (write: OwedWrite) => Promise<void>
  /** The label that asks for work; taken away once the issue is taken up. */
  readonly trigger: string
}

export function createGitHubSink({ owe, trigger }: GitHubSinkPorts): Sink {
  return {
    name: 'github',
    async deliver(change) {
      const write = owedBy(change, trigger)
      if (write !== undefined) await owe(write)
    },
  }
}

/** Debts even if no label changes: the poll trusts what people do with labels only once GitHub shows the newest version. */
const SHOWN_ANEW: ReadonlySet<EventType> = new Set([
  'WORK_QUEUED',
  'WORK_APPROVED',
  'WORK_MERGED',
  'WORK_CLOSED',
  'WORK_REOPENED',
])

/** The debt a change makes; undefined when the issue already looks as it should. */
export function owedBy(change: JobChange, trigger: string): OwedWrite | undefined {
  const type = eventTypeOf(change)
  const { before, after } = change
  if (type === undefined) return undefined
  // Leased, failed once, released: to GitHub all of that is "in progress", which it shows since the issue was queued.
  const shown = before === undefined && after.seq > 1 ? IN_PROGRESS : before && stateLabelOf(before)
  const wanted = stateLabelOf(after)
  const news = [followedOf(change), cycleNewsOf(change) ?? commentOn(type, after, trigger)]
  const comments = news.filter((comment) => comment !== undefined)
  if (wanted === shown && comments.length === 0 && !SHOWN_ANEW.has(type)) return undefined
  return {
    repository: after.key.repository,
    number: after.key.number,
    generation: after.generation,
    version: after.version,
    state_label: wanted,
    remove_labels: [...STATE_LABELS, trigger].filter((label) => label !== wanted),
    comments,
    begun: false,
    owed_since: after.changed_at,
  }
}

/** Told once, with the labels of a job that is new where its issue is now. */
function followedOf({ before, after }: JobChange): OwedWrite['comments'][number] | undefined {
  const { came_from } = after.facts
  if (before !== undefined || after.seq > 1 || came_from === undefined) return undefined
  return followedComment(after.generation, came_from)
}

/** A cycle that the item did not carry before. */
function cycleNewsOf({ before, after }: JobChange): OwedWrite['comments'][number] | undefined {
  const cycle = after.state.kind === 'pending' ? after.facts.waits?.cycle : undefined
  if (cycle === undefined || cycle.join() === before?.facts.waits?.cycle?.join()) return undefined
  return cycleComment({ generation: after.generation, cycle })
}

function commentOn(type: EventType, job: Job, trigger: string): OwedWrite['comments'][number] | undefined {
  const { generation, key, review } = job
  if (job.state.kind !== 'finished') {
    const isSentBack = type === 'WORK_QUEUED' && isRework(job)
    return isSentBack ? reworkComment({ generation, round: review.rounds, pr_url: pullUrlOf(job) ?? '' }) : undefined
  }
  const { finish } = job.state
  if (type === 'WORK_COMPLETED') {
    const worker = job.ended?.worker ?? 'unknown'
    const done = { generation, round: review.rounds, pr_url: finish.pr_url ?? '', worker, attempt: attemptOf(job) }
    return completionComment(done)
  }
  if (finish.outcome !== 'failed') return undefined
  return failureComment({
    generation,
    error: finish.error ?? '',
    attempts: Math.max(1, job.counts.failures),
    trigger_label: trigger,
    failed_label: FAILED,
    retry_route: `POST /queue/${key.repository}/${key.number}/retry`,
  })
}

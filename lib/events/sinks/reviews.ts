/** The review sink: each change of a job is followed by the shadow of its pull request, and by the gate. */
import type { Job } from '#lib/queue/model'
import type { Sink } from '../relay.ts'

export interface ReviewSinkPorts {
  readonly follow: (before: Job | undefined, after: Job) => Promise<void>
}

export function createReviewSink({ follow }: ReviewSinkPorts): Sink {
  return { name: 'reviews', deliver: ({ before, after }) => follow(before, after) }
}

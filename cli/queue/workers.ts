/** `coxswain workers`: who has called, and what each of them does. */
import type { Instant } from '#lib/clock'
import type { Worker } from '../api/answers.ts'
import { createApi } from '../api/client.ts'
import { findPlace } from '../api/place.ts'
import type { Context, Given, Result } from '../line/command.ts'
import { ago } from '../show/age.ts'
import type { Colour } from '../show/paint.ts'
import { jsonLines, printable } from '../show/printable.ts'
import { aligned, type Cell } from '../show/table.ts'
import { limitOf, readWorkers } from './pages.ts'

const DEFAULT_LIMIT = 100
const HEAD: readonly Cell[] = ['WORKER', 'STATUS', 'HEALTH', 'SEEN', 'TASKS', 'WORKS ON', 'REMARK']
const COLOURS: Readonly<Record<string, Colour>> = { healthy: 'green', degraded: 'yellow', unhealthy: 'red' }

export async function workers(given: Given, context: Context): Promise<Result> {
  const limit = limitOf(given.text('limit'), DEFAULT_LIMIT)
  const found = await readWorkers(createApi(await findPlace(context.env)), limit)
  if (given.isSet('json')) return { lines: jsonLines(found) }
  if (found.workers.length === 0) {
    return { lines: ['No worker has called yet. "npx coxswain-worker" is one; docs/worker.md says how to start it.'] }
  }
  const rows = found.workers.map((worker) => rowOf(worker, context.clock.now()))
  const rest = found.more ? ['', `There are more than ${limit}: --limit shows them.`] : []
  return { lines: [...aligned([HEAD, ...rows], context), ...rest] }
}

function rowOf(worker: Worker, now: Instant): readonly Cell[] {
  const health = printable(worker.health)
  const colour = COLOURS[worker.health]
  return [
    printable(worker.id),
    printable(worker.status),
    colour === undefined ? health : { text: health, colour },
    ago(worker.last_seen, now),
    String(worker.total_tasks),
    taskOf(worker),
    printable(worker.reason ?? ''),
  ]
}

/** `owner/repo#7`, or nothing. */
export function taskOf({ current_repository, current_task }: Worker): string {
  return current_task == null ? '' : printable(`${current_repository ?? ''}#${current_task}`)
}

/** All workers, page by page. */
import type { WorkerRecord } from './model.ts'
import type { QueueStore } from './ports.ts'

/** Workers read per page; a page of 100 is about 4 read units. */
const PAGE = 100

/** Every worker that the store knows; no page is begun once there are `most`. */
export async function allWorkers(
  store: Pick<QueueStore, 'workers'>,
  most = Number.POSITIVE_INFINITY,
): Promise<readonly WorkerRecord[]> {
  const workers: WorkerRecord[] = []
  let cursor: string | undefined
  do {
    const page = await store.workers(PAGE, cursor)
    workers.push(...page.items)
    cursor = page.cursor
  } while (cursor !== undefined && workers.length < most)
  return workers
}

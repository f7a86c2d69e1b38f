/** Who holds which files of a repository: one item each, changed only together with a lease. */
import * as z from 'zod'
import type { Reservations } from '#lib/queue/files'
import { reservationsKey } from './keys.ts'
import type { Item, Table } from './table.ts'

const stored = z.object({
  holders: z.array(z.object({ number: z.number(), token: z.number(), globs: z.array(z.string()) })),
  swept: z.number(),
  version: z.number(),
})

/** Half a read unit for a dozen holders. Perhaps a moment old: whoever writes names the version that was read. */
export async function readReservations(table: Table, repository: string): Promise<Reservations> {
  const item = await table.get(reservationsKey(repository))
  if (item === undefined) return { repository, holders: [], swept: 0, version: 0 }
  return { repository, ...stored.parse(item) }
}

/** The item that comes after the reservations that were read. */
export function reservationsItem({ repository, holders, swept, version }: Reservations): Item {
  const copies = holders.map((holder) => ({ ...holder, globs: [...holder.globs] }))
  return { ...reservationsKey(repository), kind: 'files', holders: copies, swept, version: version + 1 }
}

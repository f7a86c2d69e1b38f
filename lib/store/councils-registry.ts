/** The registry of councils in the table: one item each, written under its version. */
import type { Registry } from '#lib/councils/store-ports'
import { unchangedSince } from './conditions.ts'
import { decodeCouncil, encodeCouncil } from './councils-codec.ts'
import { COUNCILS, councilKey } from './councils-keys.ts'
import type { Cursor } from './cursor.ts'
import type { Item, Table } from './table.ts'

const PAGE = 100

export function createCouncilRegistry(table: Table): Registry {
  return {
    async find(role) {
      const item = await table.get(councilKey(role), { consistent: true })
      return item && decodeCouncil(item)
    },

    async all() {
      const items: Item[] = []
      let cursor: Cursor | undefined
      do {
        const page = await table.query({ pk: COUNCILS, limit: PAGE, cursor, consistent: true })
        items.push(...page.items)
        cursor = page.cursor
      } while (cursor !== undefined)
      return items.map(decodeCouncil)
    },

    async save(council) {
      const item = encodeCouncil({ ...council, version: council.version + 1 })
      return (await table.put(item, unchangedSince(council.version))).kind === 'done'
    },
  }
}

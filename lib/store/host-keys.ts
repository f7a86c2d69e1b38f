/** Host keys that were trusted on first use: each is written once and stays. */
import type { KeyMemory } from '#lib/hosts/trust'
import { absent } from './conditions.ts'
import { hostKeyKey } from './keys.ts'
import type { Item, Table } from './table.ts'

export function createHostKeys(table: Table): KeyMemory {
  return {
    async recall(place) {
      const item = await table.get(hostKeyKey(place), { consistent: true })
      return item && keyOf(item)
    },

    async learn(place, key) {
      const written = await table.put({ ...hostKeyKey(place), kind: 'host_key', key }, absent)
      return written.kind === 'refused' && written.current !== undefined ? keyOf(written.current) : key
    },
  }
}

const keyOf = (item: Item): string => String(item['key'])

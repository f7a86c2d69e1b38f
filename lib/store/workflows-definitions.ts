/** Definitions that runs are pinned to, in the table: written once, never changed. */
import { readDefinition } from '#lib/workflows/definition'
import type { DefinitionStore } from '#lib/workflows/ports'
import { absent } from './conditions.ts'
import type { Item, Table } from './table.ts'
import { definitionKey } from './workflows-keys.ts'

export function createDefinitionStore(table: Table): DefinitionStore {
  return {
    async keep(definition) {
      const { name, version } = definition
      const item = { ...definitionKey(name, version), kind: 'definition', text: JSON.stringify(definition) }
      const written = await table.put(item, absent)
      // Whoever changed a definition without raising its version gets the one that runs were started with.
      return written.kind === 'done' || written.current === undefined ? definition : decode(written.current)
    },

    async find({ name, version }) {
      const item = await table.get(definitionKey(name, version), { consistent: true })
      return item && decode(item)
    },
  }
}

function decode(item: Item) {
  return readDefinition(JSON.parse(String(item['text'])), `kept as ${item.sk}`)
}

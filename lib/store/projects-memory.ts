/** The memory of past sprints and what was learned from them, on the table. */
import type { Episode, Strategy } from '#lib/projects/model'
import type { Memory } from '#lib/projects/store-ports'
import { absent, unchangedSince } from './conditions.ts'
import type { Cursor } from './cursor.ts'
import { decodeEpisode, decodeStrategy, encodeEpisode, encodeStrategy } from './projects-codec.ts'
import { unsettled } from './projects-conditions.ts'
import { EPISODES, episodeKey, episodesOf, STRATEGIES } from './projects-keys.ts'
import type { Item, Table } from './table.ts'

/** Items read in one round. */
const PAGE = 500

export function createProjectMemory(table: Table): Memory {
  return {
    async begin(episode) {
      await table.put(encodeEpisode(episode), absent)
    },

    async settle(project, sprint, outcome, at) {
      await table.change(episodeKey(project, sprint), { set: { outcome, settled_at: at } }, unsettled)
    },

    ofProject: async (project): Promise<Episode[]> => (await all(EPISODES, episodesOf(project))).map(decodeEpisode),
    all: async (): Promise<Episode[]> => (await all(EPISODES)).map(decodeEpisode),
    strategies: async (): Promise<Strategy[]> => (await all(STRATEGIES)).map(decodeStrategy),

    async saveStrategy(strategy) {
      const written = await table.put(encodeStrategy(strategy), unchangedSince(strategy.version - 1))
      return written.kind === 'done'
    },
  }

  async function all(pk: string, prefix?: string): Promise<Item[]> {
    const items: Item[] = []
    let cursor: Cursor | undefined
    do {
      const page = await table.query({ pk, limit: PAGE, cursor, ...(prefix !== undefined && { prefix }) })
      items.push(...page.items)
      cursor = page.cursor
    } while (cursor !== undefined)
    return items
  }
}

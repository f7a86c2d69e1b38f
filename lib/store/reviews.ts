/** Open pull requests and review gates in the table. */
import * as z from 'zod'
import type { ReviewStore, TrackedPull } from '#lib/queue/review-ports'
import { notNewerThan, stillHas, unchangedSince } from './conditions.ts'
import { GATES, reviewedKey, reviewKey, reviewsOf } from './keys.ts'
import type { Item, Table } from './table.ts'

const stored = z.object({
  repository: z.string(),
  pull: z.number(),
  number: z.number(),
  standing: z.enum(['awaiting', 'approved', 'reworking']),
  since: z.number(),
  version: z.number(),
  tag: z.array(z.string()).nullable().default(null),
})

const issue = z.object({ number: z.number() })

const gates = z.object({ closed: z.array(z.string()).default([]), version: z.number().default(0) })

/** How long after its end a pull request still leads to its issue. */
const REMEMBERED_MS = 30 * 86_400_000

export function createReviewStore(table: Table): ReviewStore {
  return {
    async tracked(repository, limit, cursor) {
      const page = await table.query({ pk: reviewsOf(repository), limit, cursor, consistent: true })
      const items = page.items.map((item): TrackedPull => stored.parse(item))
      return page.cursor === undefined ? { items } : { items, cursor: page.cursor }
    },

    async issueOf(repository, pull) {
      const item =
        (await table.get(reviewKey(repository, pull), { consistent: true })) ??
        (await table.get(reviewedKey(repository, pull), { consistent: true }))
      return item && issue.parse(item).number
    },

    async track({ tag, ...pull }) {
      const item: Item = { ...reviewKey(pull.repository, pull.pull), kind: 'review', ...pull, ...(tag && { tag }) }
      await table.put(item, notNewerThan(pull.version - 1))
    },

    // First the note, then the removal: in between it is merely known twice.
    async untrack({ repository, pull, number, version, since }) {
      const ttl = Math.ceil((since + REMEMBERED_MS) / 1000)
      await table.put(
        { ...reviewedKey(repository, pull), kind: 'reviewed', number, version, ttl },
        notNewerThan(version),
      )
      await table.remove(reviewKey(repository, pull), notNewerThan(version))
    },

    async remember({ repository, pull, version }, tag) {
      await table.change(reviewKey(repository, pull), { set: { tag: [...tag] } }, stillHas('version', version))
    },

    async gates(options = {}) {
      return gates.parse((await table.get(GATES, options)) ?? {})
    },

    async saveGates({ closed, version }) {
      const item = { ...GATES, kind: 'gates', closed: [...closed], version: version + 1 }
      return (await table.put(item, unchangedSince(version))).kind === 'done'
    },
  }
}

/** Workflows in the table: the run, its history, its texts and its place in the list. */
import { isDeepStrictEqual } from 'node:util'
import { AppError } from '#lib/errors'
import type { Workflow } from '#lib/workflows/model'
import type { Card, FinalState, Saved, Shelf, WorkflowStore } from '#lib/workflows/ports'
import { absent, type Condition, unchangedSince } from './conditions.ts'
import { encodeCursor } from './cursor.ts'
import type { Item, Key, Table } from './table.ts'
import { decodeEntry, decodeWorkflow, encodeEntry, encodeWorkflow } from './workflows-codec.ts'
import { cardKey, HISTORY, historyKey, runIdKey, runKey, shelfOf, textKey, workflowOf } from './workflows-keys.ts'

/** Told of items this code cannot read, e.g. written by a newer version. They are left alone. */
export type OnUnknown = (key: Key, cause: unknown) => void

/** An item may hold 400 KB; names, digest and keys need a little. */
const TEXT_MAX_BYTES = 390_000

export function createWorkflowStore(table: Table, onUnknown: OnUnknown): WorkflowStore {
  const store: WorkflowStore = {
    async find(featureId) {
      const item = await table.get(runKey(featureId), { consistent: true })
      return item && decodeWorkflow(item)
    },

    async findMany(featureIds) {
      return readable(await table.getMany([...new Set(featureIds)].map(runKey)), onUnknown)
    },

    async create(workflow) {
      // The card first: a card without a run is swept away, a run without a card would never be checked.
      await table.put(cardOf('active', workflow))
      return write(table, workflow, absent)
    },

    async save(after, before) {
      const wasOver = shelfFor(before) !== 'active'
      const isOver = shelfFor(after) !== 'active'
      if (wasOver && !isOver) await table.put(cardOf('active', after))
      // The entry before the run: once the run has a newer one, nothing else holds it.
      await table.put({ ...historyKey(before.feature_id, before.last.seq), kind: 'entry', ...encodeEntry(before.last) })
      const saved = await write(table, after, unchangedSince(before.version))
      if (saved.kind === 'saved' && isOver) await store.shelve(after)
      if (saved.kind === 'saved' && wasOver) await table.remove(cardOf(shelfFor(before), before))
      return saved
    },

    async history(featureId, after, limit) {
      const pk = workflowOf(featureId)
      const cursor = encodeCursor(historyKey(featureId, after))
      const page = await table.query({ pk, prefix: HISTORY, limit, cursor, consistent: true })
      return page.items.map(decodeEntry)
    },

    async recent(featureId, limit) {
      const query = { pk: workflowOf(featureId), prefix: HISTORY, limit, descending: true, consistent: true }
      return (await table.query(query)).items.map(decodeEntry)
    },

    async keepText(featureId, digest, text) {
      if (Buffer.byteLength(text) > TEXT_MAX_BYTES) {
        throw new AppError('too_large', `A text of a workflow may have at most ${TEXT_MAX_BYTES} bytes.`)
      }
      await table.put({ ...textKey(featureId, digest), kind: 'text', text })
    },

    async text(featureId, digest) {
      const item = await table.get(textKey(featureId, digest), { consistent: true })
      if (typeof item?.['text'] !== 'string') throw new Error(`The text ${digest} of ${featureId} is not kept.`)
      return item['text']
    },

    async cards(shelf, limit, cursor) {
      const page = await table.query({ pk: shelfOf(shelf), limit, cursor, descending: true })
      const items = page.items.map(toCard)
      return page.cursor === undefined ? { items } : { items, cursor: page.cursor }
    },

    async shelve(workflow) {
      const shelf = shelfFor(workflow)
      await table.put(cardOf(shelf, workflow))
      if (shelf !== 'active') await table.remove(cardOf('active', workflow))
    },

    async discard(shelf, { at, feature_id }) {
      await table.remove(cardKey(shelf, at, feature_id))
    },

    async nameRun(id, feature_id) {
      await table.put({ ...runIdKey(id), kind: 'run-id', feature_id })
    },

    async featureOf(id) {
      const item = await table.get(runIdKey(id), { consistent: true })
      return typeof item?.['feature_id'] === 'string' ? item['feature_id'] : undefined
    },
  }
  return store
}

async function write(table: Table, workflow: Workflow, condition: Condition): Promise<Saved> {
  const item = encodeWorkflow(workflow, runKey(workflow.feature_id))
  const written = await table.put(item, condition)
  if (written.kind === 'done') return { kind: 'saved' }
  // The write may have gone through and its reply been lost: then the item that stands there is this very one.
  if (isDeepStrictEqual(written.current, JSON.parse(JSON.stringify(item)))) return { kind: 'saved' }
  return { kind: 'stale', current: written.current && decodeWorkflow(written.current) }
}

function readable(items: readonly Item[], onUnknown: OnUnknown): readonly Workflow[] {
  return items.flatMap((item) => {
    try {
      return [decodeWorkflow(item)]
    } catch (cause) {
      onUnknown({ pk: item.pk, sk: item.sk }, cause)
      return []
    }
  })
}

const SHELVES: Partial<Record<Workflow['state']['kind'], FinalState>> = {
  done: 'DONE',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
}

function shelfFor({ state }: Workflow): Shelf {
  return SHELVES[state.kind] ?? 'active'
}

function cardOf(shelf: Shelf, workflow: Workflow): Item {
  const { feature_id, created_at, completed_at, definition } = workflow
  const at = shelf === 'active' ? created_at : (completed_at ?? created_at)
  return { ...cardKey(shelf, at, feature_id), kind: 'card', feature_id, definition: definition.name, at }
}

function toCard(item: Item): Card {
  return {
    feature_id: String(item['feature_id']),
    definition: String(item['definition']),
    at: Number(item['at']),
  }
}

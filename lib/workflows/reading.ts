/** Reading a run: its item, then all that it refers to at once. The history's length costs nothing here. */

import { toTimestamp } from '#lib/clock'
import { wantedOf } from './dispatch-of.ts'
import type { Engine } from './engine.ts'
import type { Brief, HistoryEntry, Run } from './model.ts'
import { textOf } from './notes.ts'
import type { ConsultationStore, DispatchStore, WorkflowStore } from './ports.ts'
import { type Parts, workflowView } from './views.ts'

export interface ReadingPorts {
  readonly engine: Pick<Engine, 'load'>
  readonly store: WorkflowStore
  readonly dispatches: DispatchStore
  readonly consultations: ConsultationStore
}

/** A page ends before its results grow beyond this: an answer of Lambda may have 6 MB. */
const PAGE_MAX_BYTES = 2_000_000

export type Reading = ReturnType<typeof createReading>

export function createReading({ engine, store, dispatches, consultations }: ReadingPorts) {
  return { view, viewOf, history, briefOf, resultsOf }

  async function view(featureId: string) {
    return viewOf(await engine.load(featureId))
  }

  async function viewOf(run: Run) {
    return workflowView(run, await partsOf(run))
  }

  async function partsOf(run: Run): Promise<Parts> {
    const { workflow } = run
    const id = workflow.feature_id
    const wanted = wantedOf(workflow)
    const [brief, all, results, errors, reasons, dispatch] = await Promise.all([
      briefOf(run),
      consultations.all(id),
      resultsOf(run),
      Promise.all(workflow.phases.map(({ error }) => textOf(store, id, error))),
      Promise.all(workflow.phases.map(({ reason }) => textOf(store, id, reason))),
      wanted === undefined ? undefined : dispatches.find(wanted),
    ])
    return { brief, consultations: all, results, errors, reasons, dispatch }
  }

  async function briefOf({ workflow }: Run): Promise<Brief> {
    return JSON.parse(await store.text(workflow.feature_id, workflow.brief)) as Brief
  }

  /** The newest results of all phases, by digest. */
  async function resultsOf({ workflow }: Run): Promise<ReadonlyMap<string, unknown>> {
    const digests = [...new Set(workflow.phases.flatMap(({ result }) => (result === null ? [] : [result])))]
    const texts = await Promise.all(digests.map((digest) => store.text(workflow.feature_id, digest)))
    return new Map(digests.map((digest, at) => [digest, JSON.parse(texts[at] ?? 'null')]))
  }

  /** Entries after seq `after`, in order, at most `limit` of them and 2 MB. */
  async function history(featureId: string, { after, limit }: { readonly after: number; readonly limit: number }) {
    const { workflow } = await engine.load(featureId)
    const older = (await store.history(featureId, after, limit)).filter(({ seq }) => seq < workflow.version)
    const entries = [...older, ...(workflow.last.seq > after ? [workflow.last] : [])].slice(0, limit)
    const shown = []
    let bytes = 0
    for (const entry of entries) {
      const { view: one, size } = await entryView(featureId, entry)
      bytes += size
      if (shown.length > 0 && bytes > PAGE_MAX_BYTES) break
      shown.push(one)
    }
    const next = shown.at(-1)?.seq ?? after
    return {
      feature_id: featureId,
      history: shown,
      next_after: next < workflow.version && shown.length > 0 ? next : null,
    }
  }

  async function entryView(featureId: string, entry: HistoryEntry) {
    const { seq, from, to, event, actor, at, attempt, evidence } = entry
    const [text, reason] = await Promise.all([
      entry.result === null ? undefined : store.text(featureId, entry.result),
      textOf(store, featureId, entry.reason),
    ])
    const view = {
      seq,
      from,
      to,
      event,
      actor,
      at: toTimestamp(at),
      attempt,
      ...(text !== undefined && { result: JSON.parse(text) as unknown }),
      ...(evidence !== null && { evidence }),
      ...(reason !== null && { reason }),
    }
    return { view, size: text?.length ?? 0 }
  }
}

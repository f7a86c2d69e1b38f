/** Projects on the table: settings, states, decisions. A decision is one transaction: its record and the state after it. */
import type { DecisionRecord, Intent, ProjectState } from '#lib/projects/model'
import type { Known, ProjectStore } from '#lib/projects/store-ports'
import { createLocks } from './locks.ts'
import {
  decodeDecision,
  decodeInstallation,
  decodeSettings,
  decodeState,
  decodeSweepNote,
  encodeDecision,
} from './projects-codec.ts'
import { heldAt, idleAt, leftOpen, newestSweep, stillOpen, unnamed } from './projects-conditions.ts'
import { decisionKey, decisionsOf, SWEEP, settingsKey, stateKey } from './projects-keys.ts'
import type { Item, Table, WriteResult } from './table.ts'

export function createProjectStore(table: Table): ProjectStore {
  const locks = createLocks(table)
  const installation = async () => decodeInstallation(await table.get(SWEEP, { consistent: true }))
  return {
    async load(project) {
      const read = { consistent: true }
      const [settings, state] = await Promise.all([
        table.get(settingsKey(project), read),
        table.get(stateKey(project), read),
      ])
      return { settings: decodeSettings(settings), state: decodeState(state) }
    },

    async loadMany(projects) {
      const keys = projects.flatMap((project) => [settingsKey(project), stateKey(project)])
      const items = new Map((await table.getMany(keys)).map((item) => [`${item.pk} ${item.sk}`, item]))
      return new Map(projects.map((project) => [project, knownOf(items, project)]))
    },

    async saveSettings(project, change) {
      await table.change(settingsKey(project), { set: { kind: 'project_settings', ...change } })
      return decodeSettings(await table.get(settingsKey(project), { consistent: true }))
    },

    async open(project, intent) {
      const set = { kind: 'project_state', fence: intent.fence, open: intent }
      const written = await table.change(stateKey(project), { set }, idleAt(intent.seq - 1, intent.fence))
      return written.kind === 'done' || isOurs(written, intent)
    },

    async takeOver(project, { seq }, fence) {
      const written = await table.change(stateKey(project), { set: { fence } }, leftOpen(seq, fence))
      // The reply of our own write may have been lost: then it is our fence that stands there.
      return written.kind === 'done' || written.current?.['fence'] === fence
    },

    async drop(project, { seq, fence }) {
      await table.change(stateKey(project), { set: {}, drop: ['open'] }, stillOpen(seq, fence))
    },

    async finish(record, after, fence) {
      const item = encodeDecision(record)
      const change = { set: settable(after), drop: ['open'] }
      const state = stateKey(record.project_id)
      const written = await table.putAndChange(item, { key: state, change, condition: heldAt(record.seq, fence) })
      if (written.kind === 'done') return record
      // Another holder's record, or our own whose reply was lost; with neither, the decision was taken out of our hands.
      const standing =
        written.current ?? (await table.get(decisionKey(record.project_id, record.seq), { consistent: true }))
      return standing && decodeDecision(standing)
    },

    async remember(project, change) {
      await table.change(stateKey(project), { set: { kind: 'project_state', ...change } })
    },

    async decision(project, seq): Promise<DecisionRecord | undefined> {
      const item = await table.get(decisionKey(project, seq))
      return item && decodeDecision(item)
    },

    async decisions(project, limit, cursor) {
      const page = await table.query({ pk: decisionsOf(project), limit, cursor, descending: true })
      const items = page.items.map(decodeDecision)
      return page.cursor === undefined ? { items } : { items, cursor: page.cursor }
    },

    lock: (name, holder, now, until) => locks.acquire(name, holder, now, until),
    unlock: (name, token) => locks.release(name, token),

    async beginSweep(scheduledFor) {
      const set = { kind: 'sweep', scheduled_for: scheduledFor }
      return (await table.change(SWEEP, { set }, newestSweep(scheduledFor))).kind === 'done'
    },

    installation,

    async establish(id) {
      const kept = await installation()
      if (kept !== undefined) return kept
      const written = await table.change(SWEEP, { set: { kind: 'sweep', installation: id } }, unnamed)
      return written.kind === 'done' ? id : (decodeInstallation(written.current) ?? id)
    },

    async noteSweep(note) {
      await table.change(SWEEP, { set: { kind: 'sweep', note } })
    },

    async lastSweep() {
      return decodeSweepNote(await table.get(SWEEP))
    },
  }
}

function knownOf(items: ReadonlyMap<string, Item>, project: string): Known {
  const find = ({ pk, sk }: { pk: string; sk: string }) => items.get(`${pk} ${sk}`)
  return { settings: decodeSettings(find(settingsKey(project))), state: decodeState(find(stateKey(project))) }
}

/** The state without its fence, which only the holder of a lock moves, and without what is under way. */
function settable({ open: _open, fence: _fence, ...rest }: ProjectState): Record<string, unknown> {
  return rest
}

/** True when the reply of our own write was lost and the write met itself. */
function isOurs(written: WriteResult, { seq, fence }: Intent): boolean {
  if (written.kind === 'done' || written.current === undefined) return false
  const { open } = decodeState(written.current)
  return open?.seq === seq && open.fence === fence
}

/** Projects as items and back. Empty members are left out; what is read is checked against the schemas of the domain. */
import * as z from 'zod'
import {
  DEFAULT_SETTINGS,
  type DecisionRecord,
  type Episode,
  NEW_STATE,
  type ProjectState,
  type Settings,
  type Strategy,
} from '#lib/projects/model'
import { decisionRecord, episode, projectState, settings, strategy } from '#lib/projects/record'
import type { SweepNote } from '#lib/projects/store-ports'
import { decisionKey, episodeKey, strategyKey } from './projects-keys.ts'
import type { Item } from './table.ts'

type Image = Readonly<Record<string, unknown>>

/** Decisions and episodes are kept for so long: a year of history and a month to look back on it. */
const KEPT_SECONDS = 400 * 86_400

/** The kind under which a decision's record is found in the table's stream. */
export const DECISION_KIND = 'project_decision'

export function encodeDecision(record: DecisionRecord): Item {
  const ttl = expiry(record.finished_at)
  return { ...decisionKey(record.project_id, record.seq), kind: DECISION_KIND, ...record, ttl }
}

/** Throws when the item cannot be read: it is of another version, and to be left alone. */
export const decodeDecision = (item: Image): DecisionRecord => decisionRecord.parse(item)

export function decodeState(item: Image | undefined): ProjectState {
  return projectState.parse({ ...NEW_STATE, ...item })
}

export function decodeSettings(item: Image | undefined): Settings {
  return settings.parse({ ...DEFAULT_SETTINGS, ...item })
}

const sweepNote = z.object({ ok: z.boolean(), detail: z.string(), at: z.number() })

export function decodeSweepNote(item: Image | undefined): SweepNote | undefined {
  return sweepNote.optional().parse(item?.['note'])
}

export function decodeInstallation(item: Image | undefined): string | undefined {
  return z.string().optional().parse(item?.['installation'])
}

export function encodeEpisode(one: Episode): Item {
  const { outcome, settled_at, ...rest } = one
  const end = settled_at === null ? {} : { outcome, settled_at }
  return { ...episodeKey(one.project_id, one.sprint_id), kind: 'episode', ...rest, ...end, ttl: expiry(one.at) }
}

export function decodeEpisode(item: Image): Episode {
  return episode.parse({ outcome: null, settled_at: null, ...item })
}

export function encodeStrategy(one: Strategy): Item {
  return { ...strategyKey(one.strategy_id), kind: 'strategy', ...one }
}

export const decodeStrategy = (item: Image): Strategy => strategy.parse(item)

const expiry = (from: number): number => Math.ceil(from / 1000) + KEPT_SECONDS

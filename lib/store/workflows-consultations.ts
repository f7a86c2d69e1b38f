/** Consultations in the table: one item each, beside their run. */
import * as z from 'zod'
import { TOPICS } from '#lib/workflows/definition'
import { CONSULTATION_STATES, type Consultation, type ConsultationStore, HUMAN_ACTIONS } from '#lib/workflows/ports'
import { unchangedSince } from './conditions.ts'
import type { Cursor } from './cursor.ts'
import type { Item, Table } from './table.ts'
import { CONSULTATIONS, consultationKey, workflowOf } from './workflows-keys.ts'

const nullable = z.string().nullable().default(null)

const stored = z.object({
  feature_id: z.string(),
  id: z.string(),
  topic: z.enum(TOPICS),
  question: z.string(),
  context: z.string().default(''),
  asked_by: z.string(),
  asked_at: z.number(),
  state: z.enum(CONSULTATION_STATES),
  answer: nullable,
  rationale: nullable,
  confidence: z.number().nullable().default(null),
  uncertainty_reasons: z.array(z.string()).default([]),
  escalation_id: nullable,
  human: z
    .object({ action: z.enum(HUMAN_ACTIONS), response: nullable, responder: z.string(), at: z.number() })
    .nullable()
    .default(null),
  answered_at: z.number().nullable().default(null),
  version: z.number(),
})

const PAGE = 100

export function createConsultationStore(table: Table): ConsultationStore {
  return {
    async find(featureId, id) {
      const item = await table.get(consultationKey(featureId, id), { consistent: true })
      return item && decode(item)
    },

    async all(featureId) {
      const found: Consultation[] = []
      let cursor: Cursor | undefined
      do {
        const query = { pk: workflowOf(featureId), prefix: CONSULTATIONS, limit: PAGE, cursor, consistent: true }
        const page = await table.query(query)
        found.push(...page.items.map(decode))
        cursor = page.cursor
      } while (cursor !== undefined)
      return found.toSorted((a, b) => a.asked_at - b.asked_at)
    },

    async save(consultation) {
      const item = { ...encode(consultation), version: consultation.version + 1 }
      return (await table.put(item, unchangedSince(consultation.version))).kind === 'done'
    },
  }
}

function encode(it: Consultation): Item {
  const present = Object.entries(it).filter(([, value]) => value !== null && value !== '')
  return { ...consultationKey(it.feature_id, it.id), kind: 'consultation', ...Object.fromEntries(present) }
}

function decode(item: Item): Consultation {
  return stored.parse(item)
}

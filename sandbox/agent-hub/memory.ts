/** What the stand-in remembers: answers by idempotency key, escalations, how often it was asked. Kept in one file. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

const escalation = z.object({
  id: z.string(),
  topic: z.string(),
  question: z.string(),
  answer: z.string(),
  confidence: z.number(),
  status: z.enum(['pending', 'resolved']),
  action: z.string().nullable(),
  response: z.string().nullable(),
  responder: z.string().nullable(),
})

const stored = z.object({
  answers: z.record(z.string(), z.unknown()),
  escalations: z.record(z.string(), escalation),
  /** Pieces of work actually done; what a vendor would have been paid for. */
  worked: z.number(),
})

export type Escalation = z.infer<typeof escalation>
type Remembered = z.infer<typeof stored>

/** Answers beyond this many are forgotten, oldest first. */
const MOST_ANSWERS = 2_000

export interface Memory {
  answer(key: string): unknown
  keepAnswer(key: string | undefined, answer: unknown): void
  escalations(): readonly Escalation[]
  escalation(id: string): Escalation | undefined
  saveEscalation(escalation: Escalation): void
  worked(): number
}

export function openMemory(dataDir: string): Memory {
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, 'agent-hub.json')
  const state = read(file)
  const save = () => {
    writeFileSync(`${file}.new`, JSON.stringify(state))
    // Renaming is all or nothing: a death in the middle leaves the old file.
    renameSync(`${file}.new`, file)
  }
  return {
    answer: (key) => state.answers[key],
    keepAnswer(key, answer) {
      state.worked += 1
      if (key !== undefined) state.answers[key] = answer
      const [oldest] = Object.keys(state.answers)
      if (oldest !== undefined && Object.keys(state.answers).length > MOST_ANSWERS) delete state.answers[oldest]
      save()
    },
    escalations: () => Object.values(state.escalations),
    escalation: (id) => state.escalations[id],
    saveEscalation(one) {
      state.escalations[one.id] = one
      save()
    },
    worked: () => state.worked,
  }
}

function read(file: string): Remembered {
  try {
    return stored.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return { answers: {}, escalations: {}, worked: 0 }
  }
}

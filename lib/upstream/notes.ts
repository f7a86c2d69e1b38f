/**
 * A decision note is written once, although Chronicle takes every repeat for another note.
 *
 * Before a note is sent, a memory is told that it has been begun; afterwards, what it became. A repeat of a note that was
 * begun, but of which nothing more is known, looks for it in Chronicle first. Where Chronicle cannot be asked, a note
 * rather stands there twice than not at all: that takes a process that died, or an answer that was lost.
 *
 *     (nothing) ── begin ──▶ begun ── written ──▶ note_id
 *         ▲                    │
 *         └──── surely not ────┘
 */
import { type Clock, type Instant, minutes, seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { changedNothing } from './outcome.ts'

export type DecisionNote = Readonly<Record<string, unknown>> & { readonly audit_id: string }

/** Chronicle's side: it writes what it is given, as often as it is given it. */
export interface NoteDesk {
  write(note: DecisionNote): Promise<string>
  /** The id of the note with this `audit_id`; undefined when there is none, or when Chronicle cannot tell. */
  find(note: DecisionNote): Promise<string | undefined>
}

export type NoteState =
  | { readonly kind: 'fresh' }
  /** Somebody began at `at`; whether it arrived is unknown. */
  | { readonly kind: 'begun'; readonly at: Instant }
  | { readonly kind: 'written'; readonly note_id: string }

/** What is remembered of notes, across processes. */
export interface NoteMemory {
  /** Marks the note as begun if nothing is known of it; answers what was known before. */
  begin(auditId: string, now: Instant): Promise<NoteState>
  written(auditId: string, noteId: string, now: Instant): Promise<void>
  /** Marks a begun note as begun anew. */
  again(auditId: string, now: Instant): Promise<void>
  /** It was surely not written. */
  forget(auditId: string): Promise<void>
}

export interface NoteParts {
  readonly desk: NoteDesk
  readonly memory: NoteMemory
  readonly clock: Clock
}

/** A slow Chronicle may still be writing what it did not answer; until then a repeat would make a second note. */
const SETTLING = minutes(1)

export async function writeOnce({ desk, memory, clock }: NoteParts, given: object): Promise<{ note_id: string }> {
  const note = noteOf(given)
  const known = await memory.begin(note.audit_id, clock.now())
  if (known.kind === 'written') return { note_id: known.note_id }
  if (known.kind === 'begun') {
    const found = await desk.find(note)
    if (found !== undefined) {
      await memory.written(note.audit_id, found, clock.now())
      return { note_id: found }
    }
    waitForItToSettle(known.at, clock.now())
    await memory.again(note.audit_id, clock.now())
  }
  return write({ desk, memory, clock }, note)
}

async function write({ desk, memory, clock }: NoteParts, note: DecisionNote): Promise<{ note_id: string }> {
  try {
    const note_id = await desk.write(note)
    await memory.written(note.audit_id, note_id, clock.now())
    return { note_id }
  } catch (error) {
    if (changedNothing(error)) await memory.forget(note.audit_id)
    throw error
  }
}

function waitForItToSettle(begunAt: Instant, now: Instant): void {
  const wait = begunAt + SETTLING - now
  if (wait <= 0) return
  throw new AppError('upstream_unavailable', 'Chronicle may still be writing this note.', {
    details: { service: 'chronicle' },
    retryAfter: Math.ceil(wait / seconds(1)),
  })
}

function noteOf(given: object): DecisionNote {
  const auditId = 'audit_id' in given ? given.audit_id : undefined
  if (typeof auditId === 'string' && auditId !== '') return { ...given, audit_id: auditId }
  throw new AppError('invalid', 'A decision note needs an audit_id.')
}

/** The memory of one process: enough where nothing else writes notes and a restart may write one twice. */
export function inProcessMemory(): NoteMemory {
  const states = new Map<string, NoteState>()
  return {
    async begin(auditId, now) {
      const known = states.get(auditId)
      if (known === undefined) states.set(auditId, { kind: 'begun', at: now })
      return known ?? { kind: 'fresh' }
    },
    async written(auditId, note_id) {
      states.set(auditId, { kind: 'written', note_id })
    },
    async again(auditId, at) {
      states.set(auditId, { kind: 'begun', at })
    },
    async forget(auditId) {
      states.delete(auditId)
    },
  }
}

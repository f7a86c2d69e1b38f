/** Kinds of dead letters as `coxswain redrive` shows and repeats them, one entry each. */
import { type Clock, toTimestamp } from '#lib/clock'
import { type DeadLetter, type DeadLetterStore, LOST, SCHEDULES, SINKS } from '#lib/events/dead-letters'
import { revive } from '#lib/events/parked'
import type { ParkingStore } from '#lib/events/parking'

/** One line of the list. */
export interface Row {
  readonly id: string
  /** What it is about, e.g. the key of an item. */
  readonly about: string
  readonly state: string
  /** RFC 3339; when it was set aside. */
  readonly since: string
  readonly error: string
}

/** A kind of dead letters. Ids are unique within it. Every verb is safe to repeat. */
export interface DeadLetterKind {
  /** What it is, in a few words, for the usage. */
  readonly what: string
  /** All of them up to `limit`, and whether there are more. */
  list(limit: number): Promise<{ readonly rows: readonly Row[]; readonly more: boolean }>
  /** Everything that is known of one; undefined when there is none of this id. */
  show(id: string): Promise<unknown>
  /** Has one repeated; says what happens now. Undefined when there is none of this id. */
  redrive(id: string): Promise<string | undefined>
  /** Removes one for good; false when there is none of this id. */
  drop(id: string): Promise<boolean>
}

/** Records that a reader of the table's stream could not handle. */
export function recordLetters(letters: DeadLetterStore, clock: Clock): DeadLetterKind {
  const isRecord = ({ reader }: DeadLetter) => reader !== SCHEDULES
  const mine = letterKind(letters, isRecord)
  return {
    ...mine.verbs,
    what: 'records of the table that a stream reader could not handle',
    async redrive(id) {
      const letter = await mine.find(id)
      if (letter?.reader === LOST) return 'Nothing can repeat it: the stream had forgotten its records. Drop it.'
      if (letter === undefined || !(await letters.markDue(letter, clock.now()))) return undefined
      return `${letter.reader} is asked to handle it again; it is removed once that worked.`
    },
  }
}

/** Scheduled runs that failed for good. */
export function scheduleLetters(letters: DeadLetterStore): DeadLetterKind {
  const isRun = ({ reader }: DeadLetter) => reader === SCHEDULES
  const mine = letterKind(letters, isRun)
  return {
    ...mine.verbs,
    what: 'scheduled runs that failed for good',
    async redrive(id) {
      const letter = await mine.find(id)
      if (letter === undefined) return undefined
      await letters.remove(letter)
      return `Acknowledged: every run of ${letter.entity} takes up what earlier ones left, so the next one makes it good.`
    },
  }
}

function letterKind(letters: DeadLetterStore, isMine: (letter: DeadLetter) => boolean) {
  const find = async (id: string) => {
    const letter = await letters.find(id)
    return letter !== undefined && isMine(letter) ? letter : undefined
  }
  const verbs = {
    async list(limit: number) {
      const { letters: found, cursor } = await letters.list({ limit })
      return { rows: found.filter(isMine).map(rowOf), more: cursor !== undefined }
    },
    async show(id: string) {
      const letter = await find(id)
      return letter && { ...letter, at: toTimestamp(letter.at), content: await letters.content(letter) }
    },
    async drop(id: string) {
      const letter = await find(id)
      if (letter !== undefined) await letters.remove(letter)
      return letter !== undefined
    },
  }
  return { find, verbs }
}

const rowOf = ({ id, entity, state, at, error }: DeadLetter): Row => ({
  ...{ id, about: entity, state, error },
  since: toTimestamp(at),
})

/** Events that a sink refused too often. */
export function eventLetters(store: ParkingStore, clock: Clock): DeadLetterKind {
  const all = async (limit: number) => {
    const found = await Promise.all(
      SINKS.map(async (sink) => (await store.dead(sink, limit)).map((dead) => ({ sink, ...dead }))),
    )
    return found.flat()
  }
  const MOST = 1_000
  const find = async (id: string) => (await all(MOST)).find(({ sink, event }) => `${sink}:${event.event_id}` === id)
  return {
    what: 'events that a sink refused too often',
    async list(limit) {
      const found = await all(limit)
      const rows = found.slice(0, limit).map(({ sink, event, error, at }) => ({
        id: `${sink}:${event.event_id}`,
        about: `${event.event_type} of ${event.entity.kind} ${event.entity.id}`,
        state: 'dead',
        since: toTimestamp(at),
        error,
      }))
      return { rows, more: found.length >= limit }
    },
    show: find,
    async redrive(id) {
      const found = await find(id)
      if (found === undefined) return undefined
      const { sink, event } = found
      await revive(store, sink, event, clock.now())
      return `It waits for ${sink} again; the next run of eventsRedeliver delivers it.`
    },
    async drop(id) {
      const found = await find(id)
      if (found !== undefined) await store.exhume(found.sink, found.event)
      return found !== undefined
    },
  }
}

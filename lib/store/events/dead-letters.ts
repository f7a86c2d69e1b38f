/**
 * Dead letters on the table: a small item each in one partition, by reader, entity and place, and what was set aside
 * compressed in items of its own. So a look at all letters reads no record.
 */
import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as z from 'zod'
import type { DeadLetter, DeadLetterStore, LetterLine } from '#lib/events/dead-letters'
import { absent, stillHas } from '../conditions.ts'
import type { Item, Key, Table } from '../table.ts'

const LETTERS = 'LETTERS'
/** Kind of a letter's item; filters of the stream's readers name it. */
export const DEAD_LETTER = 'dead_letter'
/** What was set aside, cut so that an item stays below DynamoDB's 400 KB. */
const PART_BYTES = 350_000
/** A record holds two images of at most 400 KB. */
const MOST_PARTS = 10
/** Letters read at once while looking for one by its id. */
const PAGE = 200

const stored = z.object({
  id: z.string(),
  reader: z.string(),
  entity: z.string(),
  sequence: z.string(),
  state: z.enum(['dead', 'held', 'due']),
  error: z.string(),
  attempts: z.number(),
  at: z.number(),
}) satisfies z.ZodType<DeadLetter>

const storedPart = z.object({ data: z.instanceof(Uint8Array) })

/** Digits of a stream's sequence number as text that sorts like numbers; they have at most 40. */
const padded = (sequence: string): string => sequence.padStart(40, '0')
/** Entities are keys of any length and alphabet: their hash keeps one line's letters together and apart from others. */
const lineOf = ({ reader, entity }: LetterLine): string =>
  `${reader}#${createHash('sha256').update(entity).digest('hex').slice(0, 32)}#`
const headKey = (letter: DeadLetter): Key => ({
  pk: LETTERS,
  sk: `${lineOf(letter)}${padded(letter.sequence)}#${letter.id}`,
})
const partsOf = (letter: DeadLetter): string => `LETTER#${letter.id}`

/** True for items of this module, of which no reader of the stream needs to be told. */
export const isLetterKey = (pk: string): boolean => pk === LETTERS || pk.startsWith('LETTER#')

export function createDeadLetterStore(table: Table): DeadLetterStore {
  const page = async (prefix: string | undefined, limit: number, cursor?: string) => {
    const read = { pk: LETTERS, limit, cursor, consistent: true, ...(prefix !== undefined && { prefix }) }
    const { items, cursor: next } = await table.query(read)
    const letters = items.map((item) => stored.parse(item))
    return next === undefined ? { letters } : { letters, cursor: next }
  }

  return {
    async put(letter, content) {
      // First what was set aside, then the letter: one that is seen can be repeated.
      for (const part of partItems(letter, content)) await table.put(part)
      await table.put({ ...headKey(letter), kind: DEAD_LETTER, ...letter }, absent)
    },

    list: ({ reader, limit, cursor }) => page(reader && `${reader}#`, limit, cursor),

    async find(id) {
      const reader = id.slice(0, id.indexOf(':'))
      let cursor: string | undefined
      do {
        const read = await page(`${reader}#`, PAGE, cursor)
        const found = read.letters.find((letter) => letter.id === id)
        if (found !== undefined) return found
        cursor = read.cursor
      } while (cursor !== undefined)
      return undefined
    },

    async line(line, limit) {
      return (await page(lineOf(line), limit)).letters
    },

    async content(letter) {
      const { items } = await table.query({ pk: partsOf(letter), limit: MOST_PARTS, consistent: true })
      if (items.length === 0) return undefined
      const whole = Buffer.concat(items.map((item) => storedPart.parse(item).data))
      return JSON.parse(gunzipSync(whole).toString('utf8'))
    },

    async markDue(letter, now) {
      // The moment makes it a change, and so a record of the stream, when it is asked for twice.
      const marked = await table.change(headKey(letter), { set: { state: 'due', asked_at: now } }, isLetter)
      return marked.kind === 'done'
    },

    async failedAgain(letter, error) {
      await table.change(headKey(letter), { set: { state: 'dead', error }, add: { attempts: 1 } }, isLetter)
    },

    async remove(letter) {
      await table.remove(headKey(letter))
      const { items } = await table.query({ pk: partsOf(letter), limit: MOST_PARTS, consistent: true })
      for (const part of items) await table.remove(part)
    },
  }
}

const isLetter = stillHas('kind', DEAD_LETTER)

function partItems(letter: DeadLetter, content: unknown): readonly Item[] {
  const data = gzipSync(JSON.stringify(content))
  const count = Math.ceil(data.length / PART_BYTES)
  return Array.from({ length: count }, (_, at) => ({
    pk: partsOf(letter),
    sk: String(at).padStart(2, '0'),
    kind: 'dead_letter_part',
    data: new Uint8Array(data.subarray(at * PART_BYTES, (at + 1) * PART_BYTES)),
  }))
}

/** The letter in an image of the stream that has been unmarshalled; undefined when it is none. */
export function letterOf(item: Readonly<Record<string, unknown>>): DeadLetter | undefined {
  return item['kind'] === DEAD_LETTER ? stored.parse(item) : undefined
}

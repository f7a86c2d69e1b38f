/** Debts that GitHub refused too often: set aside, listed for people, owed anew when an operator says so. */

import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { OnUnreadable, OwedWrite, RefusedDebt } from '#lib/github/ports'
import { absent, stillHas } from './conditions.ts'
import { decodeRefusal, encodeRefusal, merged, REFUSAL, readable, type StoredRefusal } from './debt-codec.ts'
import { REFUSED, refusedKey } from './keys.ts'
import type { Item, Table } from './table.ts'

/** One issue of a repository. */
export interface IssueKey {
  readonly repository: string
  readonly number: number
}

export interface Refusals {
  /** Sets a debt aside, or merges it into the one that is set aside for this issue. */
  add(write: OwedWrite): Promise<void>
  /** At most `limit`, in the order of their issues. 0.5 read units when there are none. */
  refused(limit: number, onUnreadable?: OnUnreadable): Promise<readonly RefusedDebt[]>
  /** A page of them and where the next one begins. */
  listRefused(page: { readonly cursor?: string | undefined; readonly limit: number }): Promise<{
    readonly items: readonly RefusedDebt[]
    readonly cursor?: string
  }>
  /** Those of these issues; few reads when few are set aside. */
  refusedAmong(keys: readonly IssueKey[]): Promise<readonly RefusedDebt[]>
  /** Owes the debt anew, with fresh tries. False when none is set aside. Safe to repeat. */
  redrive(key: IssueKey): Promise<boolean>
  /** Forgets the debt: what it would have written is never written. False when none is set aside. */
  discard(key: IssueKey): Promise<boolean>
}

interface RefusalPorts {
  readonly clock: Clock
  /** Owes a debt, whatever GitHub shows. */
  readonly owe: (write: OwedWrite) => Promise<void>
  /** True when GitHub shows the labels of this version or of a newer one. */
  readonly shows: (write: OwedWrite) => Promise<boolean>
}

/** Concurrent changes of one debt settle in a round or two. */
const MAX_ROUNDS = 5
/** Debts read in one page; beyond it the issues in question are looked up one by one. */
const PAGE = 100

export function createRefusals(table: Table, { clock, owe, shows }: RefusalPorts): Refusals {
  async function find(key: IssueKey): Promise<StoredRefusal | undefined> {
    const item = await table.get(keyOf(key), { consistent: true })
    return item && decodeRefusal(item)
  }

  return {
    async add(write) {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const before = await find(write)
        const next = { write: merged(before?.write, write), at: clock.now(), seq: (before?.seq ?? 0) + 1 }
        const condition = before === undefined ? absent : stillHas('seq', before.seq)
        if ((await table.put(encodeRefusal(keyOf(write), next), condition)).kind === 'done') return
      }
      throw contended()
    },

    async refused(limit, onUnreadable) {
      return readable((await table.query({ pk: REFUSED, limit })).items, decodeRefusal, onUnreadable)
    },

    async listRefused({ cursor, limit }) {
      const page = await table.query({ pk: REFUSED, limit, cursor })
      const items = readable(page.items, decodeRefusal)
      return page.cursor === undefined ? { items } : { items, cursor: page.cursor }
    },

    async refusedAmong(keys) {
      if (keys.length === 0) return []
      const page = await table.query({ pk: REFUSED, limit: PAGE })
      const items = page.cursor === undefined ? page.items : await table.getMany(keys.map(keyOf))
      const wanted = new Set(keys.map((key) => keyOf(key).sk))
      return readable(
        items.filter(({ sk }) => wanted.has(sk)),
        decodeRefusal,
      )
    },

    async redrive(key) {
      const found = await find(key)
      if (found === undefined) return false
      // Labels that a newer change has brought to GitHub since must not be taken back.
      const labels_shown = found.write.labels_shown === true || (await shows(found.write))
      const { trouble: _, ...write } = found.write
      await owe({ ...write, labels_shown, begun: true, owed_since: clock.now() })
      // What was set aside meanwhile stays for the next call.
      await table.remove(keyOf(key), stillHas('seq', found.seq))
      return true
    },

    async discard(key) {
      const found = await find(key)
      if (found === undefined) return false
      return (await table.remove(keyOf(key), stillHas('seq', found.seq))).kind === 'done'
    },
  }
}

/** A debt that was set aside as the queue's lists tell of it. */
export function refusalOf({ write: { repository, number, trouble }, at }: RefusedDebt) {
  return { key: { repository, number }, since: at, tries: trouble?.refusals ?? 0, error: trouble?.error ?? '' }
}

/** The debt that a record of the table's stream tells to be set aside just now; undefined when it tells of none. */
export function refusalOfRecord(record: DynamoDBRecord): RefusedDebt | undefined {
  const image = record.dynamodb?.NewImage
  if (record.eventName !== 'INSERT' || image?.['kind']?.S !== REFUSAL) return undefined
  return decodeRefusal(unmarshall(image as Record<string, AttributeValue>) as Item)
}

const keyOf = ({ repository, number }: IssueKey) => refusedKey(repository, number)

function contended(): AppError {
  return new AppError('unavailable', 'A refused write is being changed by several processes.', { retryAfter: 1 })
}

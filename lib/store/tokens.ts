/** Tokens on the table: one small item each, all in one partition, because they are few and their list must be whole. */
import { isScope } from '#lib/auth/scopes'
import type { TokenStore } from '#lib/auth/service'
import type { TokenRecord } from '#lib/auth/tokens'
import { stillHas } from './conditions.ts'
import type { Cursor } from './cursor.ts'
import type { Item, Table } from './table.ts'

const PARTITION = 'tokens'
const PAGE = 100
/** An expired token stays in the list for this long, then DynamoDB removes it. */
const KEPT_AFTER_EXPIRY_SECONDS = 30 * 86_400

export function createTokenStore(table: Table): TokenStore {
  const find = async (id: string): Promise<TokenRecord | undefined> => {
    // Consistent, so that a token works from the moment it was made and stops when it was revoked.
    const item = await table.get({ pk: PARTITION, sk: id }, { consistent: true })
    return item === undefined ? undefined : toRecord(item)
  }

  return {
    find,

    async save(record) {
      await table.put(toItem(record))
    },

    async revoke(id, at) {
      const record = await find(id)
      if (record === undefined) return false
      if (record.revoked_at !== undefined) return true
      const written = await table.put(toItem({ ...record, revoked_at: at }), stillHas('digest', record.digest))
      return written.kind === 'done'
    },

    async list() {
      const records: TokenRecord[] = []
      let cursor: Cursor | undefined
      do {
        const page = await table.query({ pk: PARTITION, limit: PAGE, cursor, consistent: true })
        records.push(...page.items.map(toRecord))
        cursor = page.cursor
      } while (cursor !== undefined)
      return records
    },
  }
}

function toItem(record: TokenRecord): Item {
  const { id, expires_at, ...rest } = record
  const expiry = expires_at !== undefined && {
    expires_at,
    ttl: Math.ceil(expires_at / 1000) + KEPT_AFTER_EXPIRY_SECONDS,
  }
  return { pk: PARTITION, sk: id, ...rest, ...expiry }
}

function toRecord(item: Item): TokenRecord {
  const scopes = Array.isArray(item['scopes']) ? item['scopes'].map(String).filter(isScope) : []
  return {
    id: item.sk,
    digest: String(item['digest']),
    scopes,
    owner: String(item['owner']),
    created_at: Number(item['created_at']),
    ...(item['expires_at'] !== undefined && { expires_at: Number(item['expires_at']) }),
    ...(item['revoked_at'] !== undefined && { revoked_at: Number(item['revoked_at']) }),
  }
}

/** The one table behind four verbs: get, put, remove and query. Conditions are named, SDK errors end here. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { AppError } from '#lib/errors'
import { absent, type Change, type Condition, changeParams, conditionParams } from './conditions.ts'
import { type Cursor, decodeCursor, encodeCursor } from './cursor.ts'

/** Where an item lives. `pk` and `sk` together are unique. */
export interface Key {
  readonly pk: string
  readonly sk: string
}

export type Item = Key & Readonly<Record<string, unknown>>

export interface Query {
  readonly pk: string
  /** Only sort keys that begin so. */
  readonly prefix?: string
  /** At most this many items are read (and billed). */
  readonly limit: number
  readonly cursor?: Cursor | undefined
  readonly descending?: boolean
  /** Strongly consistent: sees every write acknowledged before it, at twice the price. */
  readonly consistent?: boolean
}

export interface Page {
  readonly items: readonly Item[]
  readonly cursor?: Cursor
}

/** What a conditional write met: done, or refused with the item that stood in the way (none when there was no item). */
export type WriteResult = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly current: Item | undefined }

/** As a conditional write of two items: `at` says which one refused. */
export type BothResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly at: 'first' | 'second'; readonly current: Item | undefined }
  /** Another transaction was at one of the items; nothing was written. */
  | { readonly kind: 'contended' }

export interface Guarded {
  readonly item: Item
  readonly condition: Condition
}

/** An item and what is changed of it, if it meets a condition. */
export interface Changed {
  readonly key: Key
  readonly change: Change
  readonly condition?: Condition
}

export interface Table {
  get(key: Key, options?: { readonly consistent?: boolean }): Promise<Item | undefined>
  /** Items, eventually consistent, each once, in no promised order. */
  getMany(keys: readonly Key[]): Promise<readonly Item[]>
  put(item: Item, condition?: Condition): Promise<WriteResult>
  /** Changes attributes in place, without reading first. */
  change(key: Key, change: Change, condition?: Condition): Promise<WriteResult>
  /**
   * An item and changes of others, all or none. Costs twice the units. Refused with the item when it stands already, and
   * with none when only a change did not meet its condition.
   */
  putAndChange(item: Item, ...changes: readonly Changed[]): Promise<WriteResult>
  /** Two items, both or neither. Costs twice the units. */
  putBoth(first: Guarded, second: Guarded): Promise<BothResult>
  remove(key: Key, condition?: Condition): Promise<WriteResult>
  query(query: Query): Promise<Page>
}

/** DynamoDB takes at most 100 keys in one BatchGetItem. */
const BATCH_GET_MAX = 100
/** Rounds of BatchGetItem for keys that came back unprocessed, before the caller is told to come again. */
const BATCH_ROUNDS = 5
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
  'TransactionConflictException',
])
/** Reasons of a cancelled transaction that go away by themselves. */
const PASSING_REASONS = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])

export function createTable({ client, name }: { readonly client: DynamoDBClient; readonly name: string }): Table {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
  const table = { TableName: name }

  return {
    async get(key, options = {}) {
      const { pk, sk } = key
      const consistent = options.consistent ?? false
      const answer = await guarded(() =>
        documents.send(new GetCommand({ ...table, Key: { pk, sk }, ConsistentRead: consistent })),
      )
      return answer.Item as Item | undefined
    },

    async getMany(keys) {
      const found: Item[] = []
      // DynamoDB refuses a batch that names a key twice.
      const unique = [...new Map(keys.map((key) => [`${key.pk}\n${key.sk}`, key])).values()]
      for (let from = 0; from < unique.length; from += BATCH_GET_MAX) {
        found.push(...(await batch(documents, name, unique.slice(from, from + BATCH_GET_MAX))))
      }
      return found
    },

    put: (item, condition) =>
      conditional(() => documents.send(new PutCommand({ ...table, Item: item, ...conditionParams(condition) }))),

    change: ({ pk, sk }, change, condition) =>
      conditional(() =>
        documents.send(new UpdateCommand({ ...table, Key: { pk, sk }, ...changeParams(change, condition) })),
      ),

    async putAndChange(item, ...changes) {
      const put = { ...table, Item: item, ...conditionParams(absent) }
      const updates = changes.map(({ key, change, condition }) => ({
        Update: { ...table, Key: { pk: key.pk, sk: key.sk }, ...changeParams(change, condition) },
      }))
      try {
        await guarded(() => documents.send(new TransactWriteCommand({ TransactItems: [{ Put: put }, ...updates] })))
        return { kind: 'done' }
      } catch (error) {
        return refusedTransaction(error)
      }
    },

    async putBoth(...both) {
      const puts = both.map(({ item, condition }) => ({ Put: { ...table, Item: item, ...conditionParams(condition) } }))
      try {
        await guarded(() => documents.send(new TransactWriteCommand({ TransactItems: puts })))
        return { kind: 'done' }
      } catch (error) {
        return refusedPair(error)
      }
    },

    remove: (key, condition) =>
      conditional(() =>
        documents.send(new DeleteCommand({ ...table, Key: { pk: key.pk, sk: key.sk }, ...conditionParams(condition) })),
      ),

    async query(query) {
      const answer = await guarded(() => documents.send(new QueryCommand(queryParams(name, query))))
      const items = (answer.Items ?? []) as Item[]
      return answer.LastEvaluatedKey === undefined
        ? { items }
        : { items, cursor: encodeCursor(answer.LastEvaluatedKey as Key) }
    },
  }
}

/** The request of a query, as plain data. */
function queryParams(name: string, query: Query): QueryCommandInput {
  const narrowed = query.prefix !== undefined
  return {
    TableName: name,
    KeyConditionExpression: narrowed ? 'pk = :pk AND begins_with(sk, :prefix)' : 'pk = :pk',
    ExpressionAttributeValues: { ':pk': query.pk, ...(narrowed && { ':prefix': query.prefix }) },
    Limit: query.limit,
    ScanIndexForward: !(query.descending ?? false),
    ConsistentRead: query.consistent ?? false,
    ...(query.cursor !== undefined && { ExclusiveStartKey: decodeCursor(query.cursor, query.pk) }),
  }
}

async function batch(documents: DynamoDBDocumentClient, name: string, keys: readonly Key[]): Promise<readonly Item[]> {
  const found: Item[] = []
  let wanted: readonly Record<string, unknown>[] = keys.map(({ pk, sk }) => ({ pk, sk }))
  for (let round = 0; round < BATCH_ROUNDS && wanted.length > 0; round++) {
    const request = { RequestItems: { [name]: { Keys: [...wanted] } } }
    const answer = await guarded(() => documents.send(new BatchGetCommand(request)))
    found.push(...((answer.Responses?.[name] ?? []) as Item[]))
    wanted = answer.UnprocessedKeys?.[name]?.Keys ?? []
  }
  if (wanted.length > 0) throw busy(undefined)
  return found
}

async function conditional(write: () => Promise<unknown>): Promise<WriteResult> {
  try {
    await guarded(write)
    return { kind: 'done' }
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return { kind: 'refused', current: error.Item === undefined ? undefined : (unmarshall(error.Item) as Item) }
  }
}

/** A transaction cancelled by its condition is a refusal; one that met another transaction may be repeated. */
function refusedTransaction(error: unknown): WriteResult {
  if (!(error instanceof TransactionCanceledException)) throw error
  const [first, ...others] = error.CancellationReasons ?? []
  if (first?.Code === 'ConditionalCheckFailed') {
    return { kind: 'refused', current: first.Item && (unmarshall(first.Item) as Item) }
  }
  if (others.some((reason) => reason.Code === 'ConditionalCheckFailed')) return { kind: 'refused', current: undefined }
  const passing = [first, ...others].some((reason) => PASSING_REASONS.has(reason?.Code ?? ''))
  throw passing ? busy(error) : error
}

/** Which of two items refused, or that another transaction was quicker. */
function refusedPair(error: unknown): BothResult {
  if (!(error instanceof TransactionCanceledException)) throw error
  const reasons = error.CancellationReasons ?? []
  const at = reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed')
  if (at >= 0) {
    const item = reasons[at]?.Item
    return { kind: 'refused', at: at === 0 ? 'first' : 'second', current: item && (unmarshall(item) as Item) }
  }
  if (reasons.some(({ Code }) => Code === 'TransactionConflict')) return { kind: 'contended' }
  throw reasons.some(({ Code }) => PASSING_REASONS.has(Code ?? '')) ? busy(error) : error
}

/** Runs an SDK call; what the SDK's own retries could not mend becomes `unavailable`. */
async function guarded<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof Error && isPassing(error)) throw busy(error)
    throw error
  }
}

function isPassing(error: Error & { $metadata?: { httpStatusCode?: number }; code?: unknown }) {
  const status = error.$metadata?.httpStatusCode ?? 0
  return THROTTLED.has(error.name) || status >= 500 || UNREACHABLE.has(String(error.code))
}

function busy(cause: unknown): AppError {
  return new AppError('unavailable', 'The store is busy or out of reach. Repeat the request: it counts once.', {
    cause,
    retryAfter: 2,
  })
}

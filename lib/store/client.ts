/** The DynamoDB client: one per process, with deadlines, and a meter that counts what it consumes. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'

export interface ClientOptions {
  /** Set for a local engine; absent on AWS. */
  readonly endpoint?: string | undefined
  /** What a local engine knows its clients by; of no use without `endpoint`. */
  readonly accessKeyId?: string | undefined
  readonly region: string
}

/** A single-item call takes 2–10 ms; one that takes longer than this is better repeated. */
const CALL_TIMEOUT_MS = 3_000
const CONNECT_TIMEOUT_MS = 1_000
/** The SDK backs off with jitter between these tries. */
const MAX_TRIES = 4
/** More concurrent calls than this wait for a socket; a benchmark with 64 workers must not. */
const MAX_SOCKETS = 128

/** Where a client's calls go and what signs them: as the SDK finds it on AWS, spelled out for a local engine. */
export function placeOf({ endpoint, accessKeyId = 'local', region }: ClientOptions) {
  // The signature is not checked by any local engine, so its secret is none.
  return { region, ...(endpoint !== undefined && { endpoint, credentials: { accessKeyId, secretAccessKey: 'local' } }) }
}

export function createClient(options: ClientOptions): DynamoDBClient {
  const client = new DynamoDBClient({
    ...placeOf(options),
    maxAttempts: MAX_TRIES,
    retryMode: 'standard',
    requestHandler: {
      requestTimeout: CALL_TIMEOUT_MS,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      httpAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
      httpsAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
    },
  })
  // It copies each answer for a logger that is not there: a quarter of the time that a wide read takes.
  client.middlewareStack.remove('loggerMiddleware')
  return client
}

/** Units and round trips since the last `reset`. A failed condition is billed as a write of the item that stood there. */
export interface Meter {
  readonly totals: () => Consumed
  readonly reset: () => void
}

export interface Consumed {
  readonly writes: number
  readonly reads: number
  readonly calls: number
  readonly refused: number
}

const WRITES = new Set(['PutItemCommand', 'DeleteItemCommand', 'UpdateItemCommand', 'TransactWriteItemsCommand'])

/** Makes `client` report what each call consumed. Local engines answer with AWS's own arithmetic. */
export function meter(client: DynamoDBClient): Meter {
  let totals: Consumed = { writes: 0, reads: 0, calls: 0, refused: 0 }
  const add = (more: Partial<Consumed>) => {
    totals = {
      writes: totals.writes + (more.writes ?? 0),
      reads: totals.reads + (more.reads ?? 0),
      calls: totals.calls + (more.calls ?? 0),
      refused: totals.refused + (more.refused ?? 0),
    }
  }
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const isWrite = WRITES.has(context.commandName ?? '')
      try {
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } })
        const units = unitsOf((answer.output as { ConsumedCapacity?: unknown }).ConsumedCapacity)
        add({ calls: 1, [isWrite ? 'writes' : 'reads']: units })
        return answer
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
          add({ calls: 1, refused: 1, writes: 1 })
        }
        throw error
      }
    },
    { step: 'initialize', name: 'coxswainMeter', priority: 'low' },
  )
  return {
    totals: () => totals,
    reset: () => {
      totals = { writes: 0, reads: 0, calls: 0, refused: 0 }
    },
  }
}

function unitsOf(consumed: unknown): number {
  const all = Array.isArray(consumed) ? consumed : [consumed]
  return all.reduce((sum: number, one: { CapacityUnits?: number } | undefined) => sum + (one?.CapacityUnits ?? 0), 0)
}

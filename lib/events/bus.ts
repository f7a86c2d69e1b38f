/** EventBridge behind the port of its sink: what its SDK says is translated here. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { AppError } from '#lib/errors'
import type { EventBus } from './sinks/eventbridge.ts'

export interface BusOptions {
  /** The bus's name or ARN. */
  readonly name: string
  readonly region: string
  /** Set for a local engine; absent on AWS. */
  readonly endpoint?: string | undefined
}

/** PutEvents takes tens of milliseconds; one that takes longer than this is better repeated. */
const CALL_TIMEOUT_MS = 3_000
const CONNECT_TIMEOUT_MS = 1_000
/** The SDK backs off with jitter between these tries of a call that failed as a whole. */
const MAX_TRIES = 3

/** An EventBus whose `putEvents` throws AppError `upstream_unavailable` when the call as a whole did not get through. */
export function createEventBus({ name, region, endpoint }: BusOptions): EventBus {
  const client = new EventBridgeClient({
    region,
    maxAttempts: MAX_TRIES,
    requestHandler: { requestTimeout: CALL_TIMEOUT_MS, connectionTimeout: CONNECT_TIMEOUT_MS },
    // A local engine asks for credentials and ignores them; on AWS the role's are found by the SDK.
    ...(endpoint !== undefined && { endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  })

  return {
    async putEvents(entries) {
      const Entries = entries.map(({ source, detail_type, detail }) => ({
        EventBusName: name,
        Source: source,
        DetailType: detail_type,
        Detail: detail,
      }))
      const answer = await client.send(new PutEventsCommand({ Entries })).catch((cause: unknown) => {
        throw new AppError('upstream_unavailable', 'EventBridge could not be asked to take events.', { cause })
      })
      // Answers stand in the order of the questions; one that has no id was not taken.
      const failed = entries.flatMap((_, index) => {
        const told = answer.Entries?.[index]
        return told?.EventId === undefined ? [{ index, code: told?.ErrorCode ?? 'NoAnswer' }] : []
      })
      return { failed }
    },
  }
}

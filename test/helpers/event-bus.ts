/** EventBridge in tests: a small real HTTP server that speaks PutEvents' JSON protocol and refuses what it is told to. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export interface SentEntry {
  readonly EventBusName: string
  readonly Source: string
  readonly DetailType: string
  readonly Detail: string
}

/** What becomes of the nth call: the code each entry is refused with, `null` for one that is taken; or a failed call. */
export type Verdict = readonly (string | null)[] | 'fail'

/** A bus that ends with the test. */
export async function anEventBus(verdicts: readonly Verdict[] = []) {
  const bus = await startEventBus(verdicts)
  onTestFinished(bus.stop)
  return bus
}

export async function startEventBus(verdicts: readonly Verdict[] = []) {
  const calls: SentEntry[][] = []
  const targets: (string | undefined)[] = []
  const planned = new Map(verdicts.entries())
  const server = createServer(async (request, response) => {
    const { Entries } = (await json(request)) as { Entries: SentEntry[] }
    const verdict = planned.get(calls.length)
    calls.push(Entries)
    targets.push(request.headers['x-amz-target']?.toString())
    response.writeHead(verdict === 'fail' ? 500 : 200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(verdict === 'fail' ? { __type: 'InternalException' } : answerOf(Entries, verdict)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    targets,
    /** Refuses every entry of `count` calls, after `after` more that it takes. */
    refuse(after: number, count: number) {
      for (let n = 0; n < count; n++) planned.set(calls.length + after + n, Array(10).fill('ThrottlingException'))
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answerOf(entries: readonly SentEntry[], codes: readonly (string | null)[] = []) {
  const Entries = entries.map((_, at) => {
    const code = codes[at] ?? null
    return code === null ? { EventId: `taken-${at}` } : { ErrorCode: code, ErrorMessage: 'No.' }
  })
  return { FailedEntryCount: Entries.filter((result) => 'ErrorCode' in result).length, Entries }
}

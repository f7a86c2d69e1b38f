/** The client against the stand-in's services, and against a server whose answers a test writes itself. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createUpstream, type UpstreamClient, type UpstreamOptions } from '#lib/upstream/upstream'
import { listing } from '#test/helpers/addresses'
import { aClock, type TestClock } from '#test/helpers/clock'
import { aStandIn, type TestUpstream } from '#test/sandbox/upstream/helpers'

export interface Scene {
  readonly standIn: TestUpstream
  readonly upstream: UpstreamClient
  readonly clock: TestClock
  /** The pauses the client made, in milliseconds. */
  readonly pauses: readonly number[]
}

/** A client whose pauses take no time but the clock's. */
export function aClient(
  urls: Pick<UpstreamOptions, 'project' | 'backlog' | 'sprint' | 'chronicle'>,
  options: Partial<UpstreamOptions> = {},
) {
  const clock = aClock()
  const pauses: number[] = []
  const sleep = async (ms: number) => {
    pauses.push(ms)
    clock.advance(ms)
  }
  const upstream = createUpstream({
    ...urls,
    ...listing(...Object.values(urls)),
    clock,
    sleep,
    chance: () => 0.5,
    attemptMs: 200,
    deadlineMs: 2000,
    ...options,
  })
  return { upstream, clock, pauses }
}

export async function aScene(options: Partial<UpstreamOptions> = {}): Promise<Scene> {
  const standIn = await aStandIn()
  return { standIn, ...aClient(standIn.urls, options) }
}

/** A server of the test's own; its address stands for all four services. */
export async function aServer(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { project: url, backlog: url, sprint: url, chronicle: url }
}

/** A server that answers every call with this. */
export function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  return aServer((_request, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  })
}

/** The server on a free loopback port over a scripted service, ended with the test. */
import { credentials, ServerCredentials } from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'
import type { Admit } from '#grpc/call'
import { createMetrics } from '#grpc/metrics'
import { createCouncilServer } from '#grpc/server'
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { aLog } from '#test/helpers/http'
import { aClient, closeClients } from './client.ts'
import { aScriptedService, type Script } from './scripted.ts'

export interface ServerOptions {
  readonly script?: Script
  readonly admit?: Admit
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer }
}

/** Time passes only when the test lets it. */
function aSleep() {
  const waiting: (() => void)[] = []
  return {
    sleep: () => new Promise<void>((resolve) => void waiting.push(resolve)),
    pass() {
      for (const resolve of waiting.splice(0)) resolve()
    },
  }
}

export async function aServer({ script = {}, admit = async () => undefined, tls }: ServerOptions = {}) {
  const { councils, asked } = aScriptedService(script)
  const { log, lines } = aLog()
  const metrics = createMetrics()
  const time = aSleep()
  const server = createCouncilServer({
    councils,
    admit,
    log,
    metrics,
    clock: systemClock,
    ids: systemIds,
    sleep: time.sleep,
  })
  const secure =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }])
  const secrets = tls === undefined ? credentials.createInsecure() : credentials.createSsl(tls.cert)
  const port = await server.listen('127.0.0.1', 0, secure)
  const address = `${tls === undefined ? '127.0.0.1' : 'localhost'}:${port}`
  onTestFinished(async () => {
    closeClients()
    const ended = server.drain(0)
    time.pass()
    await ended
  })
  return { server, address, asked, lines, metrics, time, secrets, client: () => aClient(address, { secrets }) }
}

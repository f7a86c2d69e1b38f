/** `node grpc/main.ts`: the gRPC server as a program, until it is told to stop. */
import { ServerCredentials } from '@grpc/grpc-js'
import { systemClock, systemSleep } from '#lib/clock'
import { toAppError } from '#lib/errors'
import { log } from '#lib/http/logger'
import { systemIds } from '#lib/ids'
import type { Admit } from './call.ts'
import { keepCarryingOn } from './carry-on.ts'
import { createMetrics } from './metrics.ts'
import { startScrape } from './scrape.ts'
import { createCouncilServer } from './server.ts'
import { type GrpcSettings, readGrpcSettings } from './settings.ts'

async function main(): Promise<void> {
  const settings = readGrpcSettings()
  const [{ councils }, admit] = await Promise.all([import('#lib/councils/agents-wiring'), admission(settings)])
  const metrics = createMetrics()
  const ports = { councils, admit, clock: systemClock, ids: systemIds, log, metrics, sleep: systemSleep }
  const server = createCouncilServer(ports)
  const { host, metricsPort, drainMs } = settings
  const port = await server.listen(host, settings.port, credentials(settings))
  const scrape = metricsPort === undefined ? undefined : await startScrape(host, metricsPort, metrics)

  const ending = new AbortController()
  void keepCarryingOn(ports, ending.signal)
  const stop = async (signal: NodeJS.Signals) => {
    if (ending.signal.aborted) process.exit(1)
    ending.abort()
    log.info('stopping', { signal })
    const how = await server.drain(drainMs)
    scrape?.stop()
    log.info('stopped', { how })
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.stdout.write(`grpc ready ${host}:${port}${scrape === undefined ? '' : ` metrics ${host}:${scrape.port}`}\n`)
}

/** What checks tokens is loaded only where they are checked. */
async function admission({ tokens }: GrpcSettings): Promise<Admit> {
  const { createAdmission, everybody } = await import('./admission.ts')
  if (!tokens) return everybody
  return createAdmission((await import('#lib/auth/wiring')).authorize)
}

function credentials({ tls }: GrpcSettings): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure()
  return ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }])
}

main().catch((error: unknown) => {
  const known = toAppError(error)
  process.stderr.write(`✗ ${known.code === 'internal' && error instanceof Error ? error.stack : known.message}\n`)
  process.exit(1)
})

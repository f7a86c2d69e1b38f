/** GET /metrics for Prometheus, on a port of its own. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from './metrics.ts'

export interface Scrape {
  readonly port: number
  stop(): void
}

export async function startScrape(host: string, port: number, metrics: Metrics): Promise<Scrape> {
  const server = createServer((request, response) => {
    const isScrape = request.method === 'GET' && request.url === '/metrics'
    response.writeHead(isScrape ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.end(isScrape ? metrics.text() : 'Only GET /metrics is here.\n')
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

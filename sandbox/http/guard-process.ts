/**
 * Loaded first by processes whose servers are made by others' code, serverless-offline and the gRPC server: each server that
 * they make from then on is guarded. What may come in stands in COXSWAIN_DOORS, as `doorsEnv` writes it; without it, this machine alone.
 */
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import { type DoorList, doorOf, LOOPBACK_ONLY } from './doors.ts'
import { type Guarding, guardServer, guardStreams } from './guard-server.ts'
import { judgeInvocation } from './invocations.ts'

/** As much as serverless-offline takes; above it, it answers in words of its own. */
const MAX_BODY_BYTES = 10 * 1024 * 1024

const { isOpen, ...list }: DoorList & { readonly isOpen: boolean } = JSON.parse(
  process.env['COXSWAIN_DOORS'] || JSON.stringify({ ...LOOPBACK_ONLY, isOpen: false }),
)
const outer = doorOf(list, isOpen)
const inner = doorOf(list)
/** Takes calls of functions by name: never passed on to other machines. Known only once the framework has read its settings. */
const lambdaPort = () => Number(process.env['COXSWAIN_LAMBDA_PORT'] || 3002)

function guardingOf(server: http.Server | https.Server): Guarding {
  const runsFunctions = () => {
    const address = server.address()
    return typeof address === 'object' && address?.port === lambdaPort()
  }
  return {
    door: () => (runsFunctions() ? inner : outer),
    alsoRefuses: (head) => (runsFunctions() ? judgeInvocation(head) : undefined),
    maxBodyBytes: MAX_BODY_BYTES,
    withoutCors: true,
  }
}

type Make<S> = (...args: unknown[]) => S

/** Replaces the function `name` of a module by one whose servers are guarded. */
function wrap<S>(module: object, name: string, guarded: (server: S) => S): void {
  const make = Reflect.get(module, name) as Make<S>
  Reflect.set(module, name, (...args: unknown[]) => guarded(make(...args)))
}

for (const module of [http, https]) {
  wrap<http.Server>(module, 'createServer', (server) => guardServer(server, guardingOf(server)))
}
for (const name of ['createServer', 'createSecureServer']) {
  wrap<http2.Http2Server>(http2, name, (server) => guardStreams(server, { door: () => outer }))
}
syncBuiltinESMExports()

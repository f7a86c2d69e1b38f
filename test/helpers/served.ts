/** The real functions behind real HTTP, with the real authorizer, for programs that speak to them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SCOPES, type Scope } from '#lib/auth/scopes'
import { createTokens } from '#lib/auth/service'
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createTokenStore } from '#lib/store/tokens'
import { type RouteName, startFunctions } from './functions.ts'

type Functions = Awaited<ReturnType<typeof startFunctions>>

const ROUTES: readonly RouteName[] = [
  'GET /health',
  'GET /queue',
  'GET /workers',
  'POST /github/poll',
  'POST /queue/{owner}/{repo}/{issue}/retry',
  'POST /queue/{owner}/{repo}/{issue}/cancel',
]

export interface Served {
  readonly functions: Functions
  readonly url: string
  readonly tokens: Readonly<Record<Scope, string>>
  stop(): Promise<void>
}

export async function serveFunctions(environment: Readonly<Record<string, string>> = {}): Promise<Served> {
  const functions = await startFunctions(environment)
  const { authorize } = await import('#lib/auth/wiring')
  const service = createTokens({ store: createTokenStore(functions.table), clock: systemClock, ids: systemIds })
  const made = SCOPES.map(async (scope) => [scope, (await service.create({ scopes: [scope], owner: '*' })).token])

  async function answer(request: IncomingMessage) {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here')
    const found = routeOf(`${request.method} ${pathname}`)
    const headers = { ...(request.headers.authorization && { authorization: request.headers.authorization }) }
    const { context } = (await authorize({ headers } as never)) as unknown as { context: Record<string, unknown> }
    const body = await text(request)
    return functions.call(found.route, {
      ...{ path: pathname, params: found.params, query: Object.fromEntries(searchParams) },
      ...{ told: found.route === 'GET /health' ? null : context, ...(body !== '' && { body }) },
    })
  }

  const server = createServer(async (request, response) => {
    const { status, headers, body } = await answer(request)
    response.writeHead(status ?? 200, headers as Record<string, string>).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    functions,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens: Object.fromEntries(await Promise.all(made)) as Record<Scope, string>,
    async stop() {
      server.closeAllConnections()
      server.close()
      await functions.stop()
    },
  }
}

function routeOf(asked: string): { route: RouteName; params: Record<string, string> } {
  for (const route of ROUTES) {
    const pattern = new RegExp(`^${route.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
    const groups = pattern.exec(asked)?.groups
    if (groups !== undefined || pattern.test(asked)) return { route, params: { ...groups } }
  }
  return { route: '$default', params: {} }
}

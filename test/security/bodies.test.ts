/** Bodies that are no object, before every handler that reads one, as API Gateway and as serverless-offline hand them over. */
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { HttpHandler } from '#lib/http/create-api'
import { moduleOf, readService } from '#scripts/service-file'
import { aTable } from '#test/helpers/dynamodb'
import { aContext, aRequest, tokenOf } from '#test/helpers/http'

const SERVICES = ['PROJECT', 'BACKLOG', 'SPRINT', 'CHRONICLE']
const BODIES = ['false', '0', 'null', '""', '[]', '"x"', '"{}"', '1', '{']
const TYPES = ['application/json', 'application/json; charset=utf-8', '', 'text/plain']

const routes = Object.values(readService().functions).flatMap((fn) =>
  fn.events.flatMap(({ httpApi }) =>
    typeof httpApi === 'object' ? [{ fn, route: `${httpApi.method.toUpperCase()} ${httpApi.path}` }] : [],
  ),
)

beforeAll(async () => {
  const { name, endpoint } = await aTable()
  Object.assign(process.env, {
    COXSWAIN_TABLE: name,
    DYNAMODB_ENDPOINT: endpoint,
    ALLOW_PRIVATE_URLS: '127.0.0.1:1',
    GITHUB_TOKEN: 'none',
    GITHUB_REPO: 'acme/shop',
    K8S_API_URL: 'http://127.0.0.1:1',
    K8S_TOKEN: 'none',
    LOG_LEVEL: 'ERROR',
    ...Object.fromEntries(SERVICES.map((service) => [`${service}_SERVICE_URL`, 'http://127.0.0.1:1'])),
  })
})

describe.each(routes)('$route', ({ fn, route }) => {
  it('refuses what is no object, if it reads a body', async () => {
    const module = await import(new URL(`../../${moduleOf(fn)}`, import.meta.url).pathname)
    const handler: HttpHandler & { readonly route: { readonly body?: unknown } } =
      module[fn.handler.slice(fn.handler.lastIndexOf('.') + 1)]
    if (!(handler.route.body instanceof z.ZodType)) return
    const told = { ...tokenOf('olga', 'operator', 'worker', 'reader') }
    const params = Object.fromEntries([...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, '1']))
    const sent = BODIES.flatMap((body) => TYPES.map((type) => ({ body, headers: { 'content-type': type } })))

    for (const { body, headers } of sent) {
      const asText = aRequest({ route, told, params, headers, body })
      for (const event of [asText, { ...asText, body: parsed(body) }]) {
        const answer = await handler(event as typeof asText, aContext())
        expect([body, headers, answer.statusCode]).toEqual([body, headers, expect.toBeOneOf([400, 415, 422])])
        expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json' })
      }
    }
  })
})

/** What serverless-offline by itself makes of a body; text and nothing stay as they are, to be judged as text. */
function parsed(body: string): unknown {
  return body === 'false' || body === '0' ? JSON.parse(body) : body
}

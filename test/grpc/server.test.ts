import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentials, type ServiceError, status } from '@grpc/grpc-js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAdmission } from '#grpc/admission'
import { createAuthorizer } from '#lib/auth/authorizer'
import { createTokens } from '#lib/auth/service'
import { systemClock } from '#lib/clock'
import type { Asking, DeliberateResponse } from '#lib/councils/service'
import { systemIds } from '#lib/ids'
import { createTokenStore } from '#lib/store/tokens'
import { aTable } from '#test/helpers/dynamodb'
import { definitionOf, healthClient, servicesOf } from './support/client.ts'
import { NO_DEV, ranked } from './support/scripted.ts'
import { aServer } from './support/server.ts'

const SERVICE = 'orchestrator.v1.OrchestratorService'
const TASK = { role: 'DEV', task_description: 'Implement user authentication' }

const codeOf = (reply: Promise<unknown>) =>
  reply.then(
    () => status.OK,
    (error: ServiceError) => error.code,
  )

describe.each(['v1', 'v1alpha'] as const)('reflection %s', (version) => {
  it('tells of the service and of health', async () => {
    const { address } = await aServer()

    const services = await servicesOf(address, version)

    expect(services).toEqual(expect.arrayContaining([SERVICE, 'grpc.health.v1.Health']))
  })

  it('describes every method', async () => {
    const { address } = await aServer()

    const definition = await definitionOf(address, version)

    expect(Object.keys(definition[SERVICE] ?? {}).toSorted()).toEqual([
      ...['CreateCouncil', 'DeleteCouncil', 'Deliberate', 'GetDeliberationResult', 'GetMetrics', 'GetStatus'],
      ...['ListCouncils', 'Orchestrate', 'RegisterAgent', 'StreamDeliberation', 'UnregisterAgent'],
    ])
  })
})

describe('health', () => {
  it.each(['', SERVICE])('of "%s" is SERVING', async (service) => {
    const { address } = await aServer()

    expect(await healthClient(address).check(service)).toBe('SERVING')
  })

  it('of a service that is not here is NOT_FOUND', async () => {
    const { address } = await aServer()

    expect(await codeOf(healthClient(address).check('another.Service'))).toBe(status.NOT_FOUND)
  })
})

/** A deliberation that the test ends. */
function aSlowOne() {
  const begun = Promise.withResolvers<Asking>()
  const end = Promise.withResolvers<DeliberateResponse>()
  const deliberate = (_request: unknown, asking: Asking) => {
    begun.resolve(asking)
    return end.promise
  }
  return { deliberate, begun: begun.promise, end: () => end.resolve(ranked) }
}

describe('the end of a server', () => {
  it('lets a call under way finish, takes no new one, and says so first', async () => {
    const slow = aSlowOne()
    const { server, address, client } = await aServer({ script: { deliberate: slow.deliberate } })
    const { call } = await client()
    const watched: string[] = []
    const watch = healthClient(address).watch(SERVICE)
    watch.on('data', ({ status: state }) => watched.push(state)).on('error', () => undefined)
    await expect.poll(() => watched).toEqual(['SERVING'])
    const running = call('Deliberate', TASK)
    await slow.begun

    const drained = server.drain(60_000)
    await expect.poll(() => watched).toEqual(['SERVING', 'NOT_SERVING'])
    const late = await codeOf(definitionOf(address))
    slow.end()

    expect((await running).answer).toMatchObject({ winner_id: ranked.winner_id })
    expect(late).toBe(status.UNAVAILABLE)
    watch.cancel()
    expect(await drained).toBe('finished')
  })

  it('waits no longer than it is told to, and then gives up the callers but not the work', async () => {
    const slow = aSlowOne()
    const { server, client, time } = await aServer({ script: { deliberate: slow.deliberate } })
    const running = (await client()).call('Deliberate', TASK)
    const { signal } = await slow.begun

    const drained = server.drain(25_000)
    time.pass()

    expect(await drained).toBe('cut_off')
    expect([status.UNAVAILABLE, status.CANCELLED, status.INTERNAL]).toContain(await codeOf(running))
    expect(signal?.aborted).toBe(false)
    slow.end()
  })

  it('is at once when nothing is under way', async () => {
    const { server } = await aServer()

    expect(await server.drain(25_000)).toBe('finished')
  })
})

describe('over TLS', () => {
  function aCertificate() {
    const folder = mkdtempSync(join(tmpdir(), 'coxswain-tls-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { cert: readFileSync(cert), key: readFileSync(key) }
  }

  it('answers who trusts its certificate, and nobody in the clear', async () => {
    const { client, address } = await aServer({ tls: aCertificate() })

    expect((await (await client()).call('GetStatus', {})).answer).toMatchObject({ status: 'healthy' })
    expect(await codeOf(healthClient(address, credentials.createInsecure()).check())).toBe(status.UNAVAILABLE)
  })
})

describe('a server that asks for tokens', () => {
  async function aClosedServer() {
    const { table } = await aTable()
    const tokens = createTokens({ store: createTokenStore(table), clock: systemClock, ids: systemIds })
    const admit = createAdmission(createAuthorizer({ tokens, clock: systemClock, onFailure: () => undefined }))
    const texts = {
      reader: (await tokens.create({ scopes: ['reader'], owner: 'rita' })).token,
      worker: (await tokens.create({ scopes: ['worker'], owner: 'w1' })).token,
      operator: (await tokens.create({ scopes: ['operator'], owner: 'olga' })).token,
    }
    const { client, address } = await aServer({ admit, script: { deliberate: async () => ranked } })
    const { call } = await client()
    const as = (method: string, token?: string) =>
      codeOf(call(method, TASK, token === undefined ? {} : { metadata: { authorization: `Bearer ${token}` } }))
    return { texts, as, call, address }
  }

  it('lets an operator change and a reader look, and tells others why not', async () => {
    const { texts, as } = await aClosedServer()

    expect(await as('Deliberate', texts.operator)).toBe(status.OK)
    expect(await as('Deliberate', texts.reader)).toBe(status.PERMISSION_DENIED)
    expect(await as('Deliberate', texts.worker)).toBe(status.PERMISSION_DENIED)
    expect(await as('Deliberate', 'guessed')).toBe(status.UNAUTHENTICATED)
    expect(await as('Deliberate')).toBe(status.UNAUTHENTICATED)
    for (const method of ['GetStatus', 'ListCouncils', 'GetMetrics']) {
      expect(await as(method, texts.reader), method).toBe(status.OK)
      expect(await as(method, texts.operator), method).toBe(status.OK)
      expect(await as(method), method).toBe(status.UNAUTHENTICATED)
    }
  })

  it.each(['CreateCouncil', 'DeleteCouncil', 'RegisterAgent', 'UnregisterAgent', 'Orchestrate'])(
    'lets no reader call %s',
    async (method) => {
      const { texts, as } = await aClosedServer()

      expect(await as(method, texts.reader)).toBe(status.PERMISSION_DENIED)
    },
  )

  it('says how to come in', async () => {
    const { call } = await aClosedServer()

    await expect(call('Deliberate', TASK)).rejects.toMatchObject({ details: expect.stringContaining('Bearer') })
  })

  it('answers health and reflection without one: they tell nothing of what is inside', async () => {
    const { address } = await aClosedServer()

    expect(await healthClient(address).check()).toBe('SERVING')
    expect(await servicesOf(address)).toContain(SERVICE)
  })
})

describe('the text that the seed promises', () => {
  it('names the role that was asked for', async () => {
    const { client } = await aServer()

    await expect((await client()).call('Deliberate', TASK)).rejects.toMatchObject({ details: NO_DEV })
  })
})

import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTokens } from '#lib/auth/service'
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createTokenStore } from '#lib/store/tokens'
import { startCouncils } from '#sandbox/stack/councils'
import { createCursors } from '#sandbox/stack/cursors'
import { startFront } from '#sandbox/stack/front'
import { createLambda } from '#sandbox/stack/lambda'
import { freePort } from '#sandbox/stack/ports'
import { startSchedules } from '#sandbox/stack/schedules'
import { startTokens } from '#sandbox/stack/tokens'
import { aTable } from '#test/helpers/dynamodb'

describe('the development tokens', () => {
  const NONE = { asked: new Map(), earlier: undefined }

  it('are kept over restarts as long as the store knows them', async () => {
    const { table } = await aTable()
    const { table: another } = await aTable()
    const { tokens } = await startTokens(table, NONE)

    const again = await startTokens(table, { ...NONE, earlier: tokens })
    const elsewhere = await startTokens(another, { ...NONE, earlier: tokens })

    expect(again.tokens).toEqual(tokens)
    expect(elsewhere.tokens.reader).not.toBe(tokens.reader)
  })

  it('are those that were asked for, one text for several scopes if need be', async () => {
    const { table } = await aTable()
    const asked = new Map([
      ['reader', 'open-sesame'],
      ['operator', 'open-sesame'],
    ] as const)

    const { tokens } = await startTokens(table, { ...NONE, asked })

    expect(tokens).toMatchObject({
      reader: 'open-sesame',
      operator: 'open-sesame',
      worker: expect.stringMatching(/^cxw_/),
    })
    const service = createTokens({ store: createTokenStore(table), clock: systemClock, ids: systemIds })
    expect(await service.authenticate('open-sesame')).toMatchObject({ scopes: ['reader', 'operator'], owner: '*' })
  })
})

describe('cursors', () => {
  it('are there after a restart, one for each consumer', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coxswain-cursors-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const cursor = { stream: 'arn', shard: 's', sequence: '7' }

    createCursors(folder).save('relay', cursor)

    expect(createCursors(folder).read('relay')).toEqual(cursor)
    expect(createCursors(folder).read('count')).toBeUndefined()
  })
})

describe('the gRPC server of the councils', () => {
  it('leaves what it compiled for its next start, in the folder of the stack', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'coxswain-compiled-'))
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
    const nothing = () => undefined
    const lock = { previousCrashed: false, add: nothing }
    const ground = { dataDir, env: { PATH: process.env['PATH'] }, lock, children: [], onDeath: nothing, tell: nothing }
    const port = await freePort()
    const { endpoint, name } = await aTable()
    const env = { AWS_REGION: 'eu-central-1', COXSWAIN_TABLE: name, DYNAMODB_ENDPOINT: endpoint }

    const councils = await startCouncils({ host: '127.0.0.1', port, env }, ground)
    await expect
      .poll(() => readFileSync(join(dataDir, 'logs/grpc.log'), 'utf8'), { timeout: 20_000 })
      .toMatch(/^grpc ready/m)
    await councils.stop()

    expect(readdirSync(join(dataDir, 'compile-cache'), { recursive: true }).length).toBeGreaterThan(100)
  })
})

describe('a schedule', () => {
  it('calls its function at once and then on time, one run after the other, whatever became of the last', async () => {
    const called: string[] = []
    const said: string[] = []
    const waits: number[] = []
    const clock = { at: 1_000_000, now: () => clock.at }
    const enough = Promise.withResolvers<void>()
    const lambda = {
      async invoke(name: string, event: unknown) {
        called.push(`${name} at ${(event as { time: string }).time.slice(14, 19)}`)
        clock.at += called.length === 2 ? 15_000 : 1_000
        if (called.length === 3) throw new Error('out of order')
      },
    }
    const sleep = async (ms: number) => {
      waits.push(ms)
      clock.at += ms
      if (waits.length === 4) enough.resolve()
      await new Promise((resolve) => setImmediate(resolve))
    }

    const ports = { lambda, clock, sleep, tell: (line: string) => said.push(line) }
    const schedules = startSchedules([{ name: 'poll', everySeconds: 10 }], ports)
    await enough.promise
    await schedules.stop()

    expect(called.slice(0, 4)).toEqual(['poll at 16:40', 'poll at 16:50', 'poll at 17:05', 'poll at 17:15'])
    expect(waits.slice(0, 4)).toEqual([9_000, 0, 9_000, 9_000])
    expect(said).toEqual(['! poll: out of order'])
  })
})

/** An HTTP server on loopback; what it answers is `answer`. */
async function aServer(answer: { status?: number; headers?: Record<string, string>; body: string }) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.writeHead(answer.status ?? 200, answer.headers).end(answer.body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, url: `http://127.0.0.1:${port}`, seen }
}

describe('a direct call of a function', () => {
  it('brings what the function answers', async () => {
    const server = await aServer({ body: '{"batchItemFailures":[]}' })

    expect(await createLambda(server.url).invoke('eventsRelay', {})).toEqual({ batchItemFailures: [] })
    expect(server.seen).toEqual(['POST /2015-03-31/functions/coxswain-dev-eventsRelay/invocations'])
  })

  it.each([
    ['that threw', { headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorMessage":"boom"}' }, /boom/],
    ['that is not there', { status: 404, body: '{"Message":"Function not found"}' }, /not found/],
    ['that answers nonsense', { status: 502, body: '<html>' }, /<html>/],
  ])('%s fails', async (_what, answer, message) => {
    const server = await aServer(answer)

    await expect(createLambda(server.url).invoke('eventsRelay', {})).rejects.toThrow(message)
  })

  it('fails when nobody listens', async () => {
    const lambda = createLambda(`http://127.0.0.1:${await freePort()}`)

    await expect(lambda.invoke('eventsRelay', {})).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('the door for other machines', () => {
  it('passes calls on and closes with all that came through it', async () => {
    const server = await aServer({ body: 'inside' })
    const port = await freePort()
    const front = await startFront({ host: '127.0.0.1', port, behind: server.port })

    expect(await (await fetch(`${front.url}/health`)).text()).toBe('inside')
    const idle = connect(port, '127.0.0.1')
    await once(idle, 'connect')
    await front.stop()
    await once(idle, 'close')
    await expect(fetch(`${front.url}/health`)).rejects.toThrow()
  })
})

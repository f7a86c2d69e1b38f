/** The parts around the server: settings, figures, and runs that are carried on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { keepCarryingOn } from '#grpc/carry-on'
import { createMetrics } from '#grpc/metrics'
import { startScrape } from '#grpc/scrape'
import { readGrpcSettings } from '#grpc/settings'
import { seconds } from '#lib/clock'
import { aClock } from '#test/helpers/clock'
import { aLog } from '#test/helpers/http'
import { stored } from './support/scripted.ts'

const LAPTOP = { COXSWAIN_LOCAL: 'true' }

describe('the settings', () => {
  it('need nothing to be set but that the way is protected otherwise', () => {
    expect(readGrpcSettings({ GRPC_INSECURE: 'true' })).toEqual({
      host: '0.0.0.0',
      port: 50_055,
      tls: undefined,
      metricsPort: undefined,
      drainMs: 25_000,
      tokens: true,
    })
  })

  it.each([
    ['the loopback of a laptop', { GRPC_HOST: '127.0.0.1', ...LAPTOP }, false],
    ['the loopback of a laptop by name', { GRPC_HOST: 'localhost', ...LAPTOP }, false],
    ['loopback elsewhere', { GRPC_HOST: '127.0.0.1' }, true],
    ['every address', { GRPC_HOST: '0.0.0.0', GRPC_INSECURE: 'true', ...LAPTOP }, true],
    [
      'a name that only looks like loopback',
      { GRPC_HOST: '127.0.0.1.example.com', GRPC_INSECURE: 'true', ...LAPTOP },
      true,
    ],
  ])('ask for tokens on %s: %s', (_where, env, tokens) => {
    expect(readGrpcSettings(env).tokens).toBe(tokens)
  })

  it('read the certificate and its key', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coxswain-grpc-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    writeFileSync(cert, 'the certificate')
    writeFileSync(key, 'the key')

    const { tls } = readGrpcSettings({ GRPC_TLS_CERT: cert, GRPC_TLS_KEY: key })

    expect(tls).toEqual({ cert: Buffer.from('the certificate'), key: Buffer.from('the key') })
  })

  it.each([
    [{ GRPC_TLS_CERT: '/nowhere/cert.pem' }, /GRPC_TLS_KEY/],
    [{ GRPC_TLS_KEY: '/nowhere/key.pem' }, /GRPC_TLS_CERT/],
    [{ GRPC_TLS_CERT: '/nowhere/c', GRPC_TLS_KEY: '/nowhere/k' }, /cannot read \/nowhere\/c/],
    [{ GRPC_PORT: '70000', GRPC_DRAIN_SECONDS: 'long' }, /GRPC_PORT.*GRPC_DRAIN_SECONDS/],
  ])('say what is wrong with %j', (env, words) => {
    expect(() => readGrpcSettings(env)).toThrow(words)
  })
})

describe('the figures', () => {
  it('count by method and code, and put times into buckets', () => {
    const metrics = createMetrics()
    for (const ms of [3, 40, 700_000]) {
      metrics.began()
      metrics.ended('Deliberate', 'OK', ms)
    }
    metrics.began()

    const text = metrics.text()

    expect(text).toContain('coxswain_grpc_calls_total{method="Deliberate",code="OK"} 3')
    expect(text).toContain('_bucket{method="Deliberate",le="0.0025"} 0')
    expect(text).toContain('_bucket{method="Deliberate",le="0.005"} 1')
    expect(text).toContain('_bucket{method="Deliberate",le="300"} 2')
    expect(text).toContain('_bucket{method="Deliberate",le="+Inf"} 3')
    expect(text).toContain('coxswain_grpc_calls_running 1')
  })

  it('are told to Prometheus, and nothing else is', async () => {
    const metrics = createMetrics()
    metrics.began()
    const scrape = await startScrape('127.0.0.1', 0, metrics)
    onTestFinished(() => scrape.stop())
    const ask = (path: string) => fetch(`http://127.0.0.1:${scrape.port}${path}`)

    expect(await (await ask('/metrics')).text()).toBe(metrics.text())
    expect((await ask('/')).status).toBe(404)
  })
})

describe('runs whose process died', () => {
  const ids = { uuid: () => 'look-1', secret: () => '' }

  it('are carried on, each by itself: a long one and a bad one keep no other waiting', async () => {
    const { log, lines } = aLog()
    const ending = new AbortController()
    const clock = aClock()
    const resumed: string[] = []
    const long = new Promise<never>(() => undefined)
    const looks = [['long', 'bad', 'one'], ['long', 'bad', 'two'], ['bad']]
    const councils = {
      async openRuns() {
        const free = looks.shift() ?? []
        if (looks.length === 0) ending.abort()
        return { free, held: 0 }
      },
      async resume(id: string) {
        resumed.push(id)
        if (id === 'bad') throw new Error('cannot be read')
        return id === 'long' ? long : stored
      },
    }
    const sleep = async (ms: number) => void clock.advance(ms)

    await keepCarryingOn({ councils, clock, ids, log, sleep }, ending.signal)

    expect(resumed).toEqual(['long', 'bad', 'one', 'two'])
    expect(clock.now() - aClock().now()).toBeLessThanOrEqual(seconds(15))
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([{ facts: { execution_id: 'bad' } }])
  })

  it('are looked for until the server ends, also after a look that failed', async () => {
    const { log, lines } = aLog()
    const ending = new AbortController()
    let looks = 0
    const councils = {
      async openRuns() {
        looks += 1
        if (looks === 1) throw new Error('no table')
        if (looks === 3) ending.abort()
        return { free: [], held: 0 }
      },
      resume: async () => stored,
    }

    await keepCarryingOn({ councils, clock: aClock(), ids, log, sleep: async () => undefined }, ending.signal)

    expect(looks).toBe(3)
    expect(lines).toMatchObject([{ level: 'error', message: 'cannot look for runs to carry on' }])
  })
})

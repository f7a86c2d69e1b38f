import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort, portOf, requirePort } from '#sandbox/stack/ports'
import { isLoopback, readSettings, urlOf } from '#sandbox/stack/settings'

describe('the settings of the local stack', () => {
  it('need nothing to be set', () => {
    expect(readSettings({})).toMatchObject({
      dataDir: expect.stringMatching(/\.local$/),
      host: '127.0.0.1',
      port: 8000,
      table: 'coxswain',
      dynamodb: undefined,
      github: undefined,
      pollSeconds: 60,
    })
  })

  it('take GitHub itself when both a token and a repository are given', () => {
    const { github } = readSettings({ GITHUB_TOKEN: 't', GITHUB_REPO: 'acme/shop', GITHUB_REPOS: 'acme/shop,acme/web' })

    expect(github).toEqual({ apiUrl: 'https://api.github.com', token: 't', repositories: ['acme/shop', 'acme/web'] })
  })

  it.each([{ GITHUB_TOKEN: 't' }, { GITHUB_REPO: 'acme/shop' }])('take the stand-in with %o alone', (env) => {
    expect(readSettings(env)).toMatchObject({
      github: undefined,
      remarks: [expect.stringMatching(/is set but GITHUB_/)],
    })
    expect(() => readSettings({ ...env, STAND_INS: 'off' })).toThrow(/GITHUB_TOKEN and GITHUB_REPO/)
  })

  it('name everything that is wrong at once, and no token', () => {
    const env = { ORCHESTRATOR_PORT: '70000', STAND_INS: 'maybe', COXSWAIN_TOKENS: 'king=secret', LEASE_SECONDS: '-1' }

    expect(() => readSettings(env)).toThrow(/ORCHESTRATOR_PORT.*STAND_INS|STAND_INS.*ORCHESTRATOR_PORT/)
    expect(() => readSettings(env)).toThrow(/LEASE_SECONDS/)
    expect(() => readSettings(env)).toThrow(/COXSWAIN_TOKENS: must be written reader=/)
    expect(() => readSettings(env)).not.toThrow(/secret/)
  })
})

describe('an address', () => {
  it.each([
    ['127.0.0.1', true, 'http://127.0.0.1:80'],
    ['localhost', true, 'http://localhost:80'],
    ['::1', true, 'http://[::1]:80'],
    ['0.0.0.0', false, 'http://127.0.0.1:80'],
    ['::', false, 'http://[::1]:80'],
    ['192.168.0.7', false, 'http://192.168.0.7:80'],
    ['127.0.0.1.example.com', false, 'http://127.0.0.1.example.com:80'],
  ])('of %s is loopback: %s', (host, loopback, url) => {
    expect(isLoopback(host)).toBe(loopback)
    expect(urlOf(host, 80)).toBe(url)
  })
})

describe('a port', () => {
  const taken = async (): Promise<number> => {
    const server = createServer()
    onTestFinished(() => void server.close())
    const port = await freePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return port
  }

  it('that is taken is named together with the variable that changes it', async () => {
    const port = await taken()

    await expect(requirePort('127.0.0.1', port, 'ORCHESTRATOR_PORT')).rejects.toMatchObject({
      code: 'conflict',
      message: `Port ${port} on 127.0.0.1 is taken. Stop what listens there, or set ORCHESTRATOR_PORT.`,
    })
  })

  it('is kept from an earlier run when it is free, and replaced when it is not', async () => {
    const earlier = await freePort()
    const lost = await taken()

    expect(await freePort(portOf(`http://127.0.0.1:${earlier}`))).toBe(earlier)
    expect(await freePort(portOf(`http://127.0.0.1:${lost}`))).not.toBe(lost)
    expect(portOf(undefined)).toBe(0)
  })
})

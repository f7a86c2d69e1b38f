/** A laptop is one by a word alone: nothing that a deployment sets for another reason opens what is open on a laptop. */
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readGrpcSettings } from '#grpc/settings'
import { readConfig, settings } from '#lib/config'
import { aDeadPort } from '#test/helpers/sshd'

/** What a function in a VPC is told of DynamoDB. */
const VPC = 'https://vpce-0abc.dynamodb.eu-central-1.vpce.amazonaws.com'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

describe('a VPC endpoint of DynamoDB', () => {
  it('lets nobody into the gRPC server without a token', () => {
    expect(readGrpcSettings({ DYNAMODB_ENDPOINT: VPC, GRPC_HOST: '127.0.0.1' })).toMatchObject({ tokens: true })
  })

  it('opens no address of the machine to workflows', async () => {
    const place = `127.0.0.1:${await aDeadPort()}`
    const load = () => import('#lib/workflows/wiring')
    for (const [name, value] of Object.entries({
      COXSWAIN_TABLE: 'coxswain-dev',
      DYNAMODB_ENDPOINT: VPC,
      AGENT_HUB_URL: `http://${place}`,
    }))
      vi.stubEnv(name, value)

    await expect(load()).rejects.toThrow(`list ${place} in ALLOW_PRIVATE_URLS`)
    vi.resetModules()
    vi.stubEnv('ALLOW_PRIVATE_URLS', place)
    await expect(load()).resolves.toMatchObject({ workflows: expect.anything() })
  })

  it('opens no address of the machine to agents', async () => {
    for (const [name, value] of Object.entries({ COXSWAIN_TABLE: 'coxswain-dev', DYNAMODB_ENDPOINT: VPC }))
      vi.stubEnv(name, value)

    expect((await import('#lib/councils/wiring')).addresses).toEqual({ allowed: [] })
  })
})

describe('the word that says this is a laptop', () => {
  it('is no unless it is said', () => {
    expect(readConfig({ COXSWAIN_LOCAL: settings.COXSWAIN_LOCAL }, {})).toEqual({ COXSWAIN_LOCAL: false })
    expect(readGrpcSettings({ GRPC_HOST: '127.0.0.1', COXSWAIN_LOCAL: 'false' })).toMatchObject({ tokens: true })
    expect(() => readGrpcSettings({ COXSWAIN_LOCAL: 'yes' })).toThrow(/COXSWAIN_LOCAL: must be true or false/)
  })

  it('opens no address: those of a laptop are listed like all others', async () => {
    vi.stubEnv('COXSWAIN_TABLE', 'coxswain-dev')
    vi.stubEnv('COXSWAIN_LOCAL', 'true')
    vi.stubEnv('AGENT_HUB_URL', 'http://localhost:8001')

    await expect(import('#lib/workflows/wiring')).rejects.toThrow('list localhost:8001 in ALLOW_PRIVATE_URLS')
  })

  it('is carried by no deployment, whatever the shell that deploys has set', async () => {
    const places = ['serverless.yml']
    for await (const path of glob('deploy/**/*', { withFileTypes: true })) {
      if (path.isFile()) places.push(`${path.parentPath}/${path.name}`)
    }
    const saying = places.filter((path) => /COXSWAIN_LOCAL|useDotenv|localEnvironment/.test(readFileSync(path, 'utf8')))

    expect(places.length).toBeGreaterThan(3)
    expect(saying).toEqual([])
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DevFile, writeDevFile } from '#sandbox/stack/dev-file'
import { identify } from '#sandbox/stack/processes'
import { attach, attachOffline } from '#scripts/local/attach'
import type { Serverless } from '#scripts/local/serverless'
import { aDevFile, LONG_GONE } from '#test/helpers/dev-file'

const RUNNING = {
  COXSWAIN_LOCAL: 'true',
  AWS_REGION: 'eu-west-1',
  COXSWAIN_TABLE: 'coxswain',
  DYNAMODB_ENDPOINT: 'http://127.0.0.1:11',
  DYNAMODB_ACCESS_KEY_ID: 'local-key',
  GITHUB_TOKEN: 'standin_token',
  LEASE_SECONDS: '5',
}

/** A data folder with what a stack left in it. */
function aFolder(over: Partial<DevFile> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-attach-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const functions = { env: RUNNING, withheld: [] }
  writeDevFile(folder, aDevFile({ owner: identify(process.pid), functions, ...over }))
  return folder
}

/** What serverless.yml comes to in a shell that sets nothing. */
function aService() {
  const health = {}
  const poll = { environment: { GITHUB_TOKEN: '' } }
  const ports = { httpPort: '0', lambdaPort: '0' }
  const service = {
    provider: {
      region: 'eu-central-1',
      environment: { COXSWAIN_TABLE: 'coxswain-dev', DYNAMODB_ENDPOINT: '', LEASE_SECONDS: '600' },
    },
    functions: { health, poll },
    custom: { 'serverless-offline': ports },
  }
  const serverless: Serverless = { serviceDir: '/', service, classes: { Error }, pluginManager: { plugins: [] } }
  return { serverless, service, poll, ports }
}

function aShell(variables: Record<string, string>) {
  const lines: string[] = []
  return {
    shell: { ...variables } as Record<string, string | undefined>,
    tell: (line: string) => void lines.push(line),
    lines,
  }
}

describe('serverless invoke local', () => {
  it('gives functions the environment of the stack that runs here, each its own part', async () => {
    const { serverless, service, poll } = aService()
    const { lines, ...attaching } = aShell({ COXSWAIN_DATA_DIR: aFolder() })

    expect(await attach(serverless, attaching)).toBe('http://127.0.0.1:9')

    expect(service.provider).toEqual({
      region: 'eu-west-1',
      environment: { COXSWAIN_TABLE: 'coxswain', DYNAMODB_ENDPOINT: 'http://127.0.0.1:11', LEASE_SECONDS: '5' },
    })
    expect(poll.environment).toEqual({ GITHUB_TOKEN: 'standin_token' })
    expect(attaching.shell).toMatchObject({ COXSWAIN_LOCAL: 'true', DYNAMODB_ACCESS_KEY_ID: 'local-key' })
    expect(lines).toEqual([])
  })

  it('lets what the shell sets win', async () => {
    const { serverless, service } = aService()
    service.provider.environment.LEASE_SECONDS = '60'

    await attach(serverless, aShell({ COXSWAIN_DATA_DIR: aFolder(), LEASE_SECONDS: '60' }))

    expect(service.provider.environment).toMatchObject({ COXSWAIN_TABLE: 'coxswain', LEASE_SECONDS: '60' })
  })

  it.each([['COXSWAIN_TABLE'], ['DYNAMODB_ENDPOINT']])(
    'leaves a shell alone that names a store by %s',
    async (name) => {
      const { serverless, service } = aService()
      const before = structuredClone(service)

      expect(await attach(serverless, aShell({ COXSWAIN_DATA_DIR: aFolder(), [name]: 'mine' }))).toBeUndefined()

      expect(service).toEqual(before)
    },
  )

  it('names the secrets that only the shell of npm start knows, until this shell knows them, too', async () => {
    const functions = { env: RUNNING, withheld: ['GITHUB_TOKEN', 'OPENAI_API_KEY'] }
    const folder = aFolder({ functions })
    const { lines, ...attaching } = aShell({ COXSWAIN_DATA_DIR: folder, GITHUB_TOKEN: 'of the user' })

    await attach(aService().serverless, attaching)

    expect(lines).toEqual([
      '! Only the shell of "npm start" knows OPENAI_API_KEY: set it here, too, where the function needs it.',
    ])
  })

  it('says that no Coxswain runs here, and what to do', async () => {
    const { serverless } = aService()

    await expect(attach(serverless, aShell({ COXSWAIN_DATA_DIR: '/no/such' }))).rejects.toThrow(
      /^No Coxswain runs here: .* Run "npm start" .* For a store elsewhere set COXSWAIN_TABLE/,
    )
    await expect(attach(serverless, aShell({ COXSWAIN_DATA_DIR: aFolder({ owner: LONG_GONE }) }))).rejects.toThrow(
      /^No Coxswain of .* answers at http:\/\/127\.0\.0\.1:9: .*has ended/,
    )
  })
})

describe('serverless offline', () => {
  it('runs beside the stack on ports that are free, and says what it leaves to the stack', async () => {
    const { serverless, ports } = aService()
    const { lines, ...attaching } = aShell({ COXSWAIN_DATA_DIR: aFolder(), AUTHORIZER: '{}' })

    await attachOffline(serverless, attaching)

    expect(ports).toEqual({ httpPort: expect.any(Number), lambdaPort: expect.any(Number) })
    expect(attaching.shell).not.toHaveProperty('AUTHORIZER')
    expect(attaching.shell).toHaveProperty('COXSWAIN_LAMBDA_PORT', String(ports.lambdaPort))
    expect(lines).toEqual([
      'Beside the Coxswain at http://127.0.0.1:9: the same data and stand-ins. Schedules and events are handled there alone.',
    ])
  })

  it('does not start without a stack, as it would be unhealthy', async () => {
    await expect(attachOffline(aService().serverless, aShell({ COXSWAIN_DATA_DIR: '/no/such' }))).rejects.toThrow(
      /^No Coxswain runs here: /,
    )
  })
})

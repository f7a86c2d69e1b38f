import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { readConfig, settings, whole } from '#lib/config'
import { AppError } from '#lib/errors'

const failure = (read: () => unknown): AppError => {
  try {
    read()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('The configuration was accepted.')
}

describe('the configuration', () => {
  it('has the documented defaults', () => {
    const { COXSWAIN_TABLE, ...config } = readConfig(settings, { COXSWAIN_TABLE: 'coxswain-dev' })
    expect(COXSWAIN_TABLE).toBe('coxswain-dev')
    expect(config).toEqual({
      AWS_REGION: 'eu-central-1',
      DYNAMODB_ENDPOINT: undefined,
      COXSWAIN_LOCAL: false,
      DYNAMODB_ACCESS_KEY_ID: 'local',
      COXSWAIN_LOCAL_KEY: undefined,
      LOG_LEVEL: 'INFO',
      LEASE_SECONDS: 600,
      MAX_ATTEMPTS: 2,
      MAX_WORKER_LOST: 3,
      RETRY_DELAY_SECONDS: 0,
      MAX_PENDING_PRS: 5,
      GITHUB_POLL_INTERVAL: 60,
      GITHUB_TOKEN: undefined,
      GITHUB_REPO: [],
      GITHUB_REPOS: [],
      GITHUB_API_URL: 'https://api.github.com',
      GITHUB_ISSUE_LABELS: ['ai-ready'],
      GITHUB_WRITES_PER_MINUTE: 70,
      GITHUB_WRITES_PER_HOUR: 450,
      GITHUB_APP_ID: undefined,
      GITHUB_APP_PRIVATE_KEY: undefined,
      GITHUB_APP_INSTALLATION_ID: undefined,
      GITHUB_WEBHOOK_SECRET: undefined,
      REQUIRE_TRUSTED_LABELER: undefined,
      TRUSTED_LABELERS: [],
      BUDGET_USD_PER_JOB: undefined,
      BUDGET_USD_PER_DAY: undefined,
      MAX_WORKERS: 10,
      WORKER_HEALTH_CHECK_INTERVAL: 30,
      AGENT_HUB_URL: undefined,
      ALLOW_PRIVATE_URLS: [],
      WORKFLOW_DEFINITIONS: undefined,
      GATE_CHECK_INTERVAL: 60,
    })
  })

  it.each([
    ['BUDGET_USD_PER_DAY', '2.50', 2.5],
    ['BUDGET_USD_PER_JOB', '1', 1],
    ['REQUIRE_TRUSTED_LABELER', 'false', false],
    ['TRUSTED_LABELERS', 'renovate[bot], ada', ['renovate[bot]', 'ada']],
    ['TRUSTED_LABELERS', 'ada_acme', ['ada_acme']],
    ['GITHUB_ISSUE_LABELS', 'good first issue, ready 🚀', ['good first issue', 'ready 🚀']],
    ['AWS_REGION', 'us-gov-west-1', 'us-gov-west-1'],
    ['GITHUB_APP_ID', 'Iv23liABC', 'Iv23liABC'],
  ] as const)('reads %s', (name, text, value) => {
    expect(readConfig({ [name]: settings[name] }, { [name]: text })).toEqual({ [name]: value })
  })

  it.each([
    ['BUDGET_USD_PER_DAY', '0'],
    ['BUDGET_USD_PER_JOB', '-1'],
    ['BUDGET_USD_PER_JOB', '1e3'],
    ['REQUIRE_TRUSTED_LABELER', 'yes'],
    ['AWS_REGION', 'EU'],
    ['GITHUB_ISSUE_LABELS', ' , '],
    ['GITHUB_ISSUE_LABELS', 'x'.repeat(51)],
    ['GITHUB_ISSUE_LABELS', 'a\u0000b'],
    ['TRUSTED_LABELERS', 'ada;bob'],
    ['GITHUB_APP_ID', 'one two'],
    ['GITHUB_APP_INSTALLATION_ID', '007'],
    ['GITHUB_TOKEN', 'ghp_1 ghp_2'],
  ] as const)('refuses %s=%s', (name, text) => {
    expect(() => readConfig({ [name]: settings[name] }, { [name]: text })).toThrow(name)
  })

  it('shows no secret of an App', () => {
    const { GITHUB_APP_PRIVATE_KEY } = settings
    expect(readConfig({ GITHUB_APP_PRIVATE_KEY }, { GITHUB_APP_PRIVATE_KEY: 'pem' })).toEqual({
      GITHUB_APP_PRIVATE_KEY: 'pem',
    })
  })

  it('takes an empty variable as unset', () => {
    const env = { LEASE_SECONDS: '', GITHUB_TOKEN: '  ', GITHUB_REPOS: '' }
    const { LEASE_SECONDS, GITHUB_TOKEN, GITHUB_REPOS } = settings
    expect(readConfig({ LEASE_SECONDS, GITHUB_TOKEN, GITHUB_REPOS }, env)).toEqual({
      LEASE_SECONDS: 600,
      GITHUB_TOKEN: undefined,
      GITHUB_REPOS: [],
    })
  })

  it('tells every problem at once, by name', () => {
    const env = {
      LEASE_SECONDS: 'ten',
      MAX_ATTEMPTS: '0',
      GITHUB_REPOS: 'a/b,https://x',
      GITHUB_API_URL: 'http://example.com',
    }
    const error = failure(() => readConfig(settings, env))

    expect(error.code).toBe('invalid')
    expect(error.errors.map(({ path }) => path)).toEqual([
      'COXSWAIN_TABLE',
      'LEASE_SECONDS',
      'MAX_ATTEMPTS',
      'GITHUB_REPOS',
      'GITHUB_API_URL',
    ])
    expect(error.message).toContain('COXSWAIN_TABLE: is not set')
    expect(error.message).toContain('LEASE_SECONDS: must be a whole number from 1 to 86400, got "ten"')
  })

  it('never quotes a secret, nor the password in an address', () => {
    const shape = {
      GITHUB_TOKEN: z.string().min(99),
      SLACK_WEBHOOK_URL: z.string().min(99),
      REDIS_URL: z.string().min(99),
    }
    const env = { GITHUB_TOKEN: 'swordfish', SLACK_WEBHOOK_URL: 'swordfish', REDIS_URL: 'redis://user:swordfish@host' }
    const error = failure(() => readConfig(shape, env))
    expect(error.errors).toHaveLength(3)
    expect(JSON.stringify([error.message, error.errors])).not.toContain('swordfish')
  })

  it('reads repositories in lower case, each once', () => {
    const { GITHUB_REPOS } = readConfig(
      { GITHUB_REPOS: settings.GITHUB_REPOS },
      { GITHUB_REPOS: ' Acme/Web, acme/web ,acme/api.v2,' },
    )
    expect(GITHUB_REPOS).toEqual(['acme/web', 'acme/api.v2'])
  })

  it.each(['acme', 'a/b/c', '../x', 'acme/..', '-a/b', 'a b/c', 'acme/$(id)'])(
    'refuses the repository %s',
    (GITHUB_REPO) => {
      expect(failure(() => readConfig({ GITHUB_REPO: settings.GITHUB_REPO }, { GITHUB_REPO })).code).toBe('invalid')
    },
  )

  it.each([
    ['http://127.0.0.1:4010/', 'http://127.0.0.1:4010'],
    ['http://localhost:4010', 'http://localhost:4010'],
    ['https://github.example.com/api/v3/', 'https://github.example.com/api/v3'],
  ])('takes the address %s', (GITHUB_API_URL, expected) => {
    expect(readConfig({ GITHUB_API_URL: settings.GITHUB_API_URL }, { GITHUB_API_URL })).toEqual({
      GITHUB_API_URL: expected,
    })
  })

  it.each(['http://127.0.0.1.evil.example', 'ftp://x', 'x', 'https://user:pw@github.com', 'file:///etc/passwd'])(
    'refuses the address %s',
    (GITHUB_API_URL) => {
      expect(failure(() => readConfig({ GITHUB_API_URL: settings.GITHUB_API_URL }, { GITHUB_API_URL })).code).toBe(
        'invalid',
      )
    },
  )

  it.each([
    ['debug', 'DEBUG'],
    ['Warning', 'WARN'],
    ['ERROR', 'ERROR'],
  ])('reads LOG_LEVEL %s as %s', (LOG_LEVEL, expected) => {
    expect(readConfig({ LOG_LEVEL: settings.LOG_LEVEL }, { LOG_LEVEL })).toEqual({ LOG_LEVEL: expected })
  })

  it('reads a number exactly when it is whole and within bounds', () => {
    const shape = { N: whole(5, { min: 1, max: 1_000 }) }
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -10, max: 2_000 }).map(String), fc.string({ minLength: 1 })), (N) => {
        const text = N.trim()
        if (text === '') return
        const good = /^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= 1_000
        if (good) expect(readConfig(shape, { N })).toEqual({ N: Number(text) })
        else expect(failure(() => readConfig(shape, { N })).errors).toMatchObject([{ path: 'N' }])
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { functionEnv } from '#sandbox/stack/function-env'

const SERVICE = `
environment:
  COXSWAIN_TABLE: \${env:COXSWAIN_TABLE, 'coxswain-dev'}
  LEASE_SECONDS: \${env:LEASE_SECONDS, '600'}
  GITHUB_TOKEN: \${env:GITHUB_TOKEN, ''}
  REDIS_URL: \${env:REDIS_URL, ''}
  outputWorkFolder: \${env:COXSWAIN_BUILD_DIR, '.esbuild/cli'}
`

describe('the functions’ environment in dev.json', () => {
  it('holds what the stack gives them, and what the shell says of their settings', () => {
    const given = { COXSWAIN_TABLE: 'coxswain', DYNAMODB_ACCESS_KEY_ID: 'made by the stack', COXSWAIN_LOCAL: 'true' }

    expect(functionEnv(given, { LEASE_SECONDS: '5', EDITOR: 'vi' }, SERVICE)).toEqual({
      env: { ...given, LEASE_SECONDS: '5' },
      withheld: [],
    })
  })

  it('names the secrets of the shell without their values', () => {
    const shell = { GITHUB_TOKEN: 'ghp_of_the_user', REDIS_URL: 'redis://:password@cache:6379' }
    const kept = functionEnv({ GITHUB_TOKEN: 'ghp_of_the_user' }, shell, SERVICE)

    expect(kept).toEqual({ env: {}, withheld: ['GITHUB_TOKEN', 'REDIS_URL'] })
  })

  it('keeps a token that the stack made for its stand-in', () => {
    expect(functionEnv({ GITHUB_TOKEN: 'made' }, { GITHUB_TOKEN: 'of the user' }, SERVICE).env).toEqual({
      GITHUB_TOKEN: 'made',
    })
  })

  it('never holds the key that calls are signed with, nor what is of one process', () => {
    const given = { COXSWAIN_LOCAL_KEY: 'secret', COXSWAIN_BUILD_DIR: '.esbuild/1', ORCHESTRATOR_PORT: '8000' }

    expect(functionEnv(given, {}, SERVICE)).toEqual({ env: {}, withheld: [] })
  })
})

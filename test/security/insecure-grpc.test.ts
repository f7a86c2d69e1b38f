/** A gRPC server whose callers' tokens could be read on the way does not start, alone or in the local stack. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readGrpcSettings } from '#grpc/settings'
import { readSettings } from '#sandbox/stack/settings'
import { manifestsIn, theOne } from '#test/deploy/support/files'

const HOSTS = ['0.0.0.0', '::', '192.168.0.7', 'councils.example.com', '127.0.0.1.example.com']

describe('without TLS', () => {
  it.each(HOSTS)('the server does not listen on %s, and says what to set', (host) => {
    const refusal = new RegExp(`GRPC_INSECURE: .*${host}.*GRPC_TLS_CERT and GRPC_TLS_KEY.*GRPC_INSECURE=true`)
    expect(() => readGrpcSettings({ GRPC_HOST: host })).toThrow(refusal)
    expect(() => readSettings({ ORCHESTRATOR_HOST: host })).toThrow(refusal)
  })

  it('the server does not listen on every address by default', async () => {
    const env = { PATH: process.env['PATH'], COXSWAIN_TABLE: 'coxswain-dev', GRPC_PORT: '0' }
    await expect(promisify(execFile)(process.execPath, ['grpc/main.ts'], { env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^✗ The configuration is wrong\. GRPC_INSECURE: /),
    })
  })

  it.each(HOSTS)('the server listens on %s when it is told that the way is protected', (host) => {
    expect(readGrpcSettings({ GRPC_HOST: host, GRPC_INSECURE: 'true' })).toMatchObject({ host, tokens: true })
    expect(readSettings({ ORCHESTRATOR_HOST: host, GRPC_INSECURE: 'true' })).toMatchObject({ host })
  })

  it.each(['127.0.0.1', '::1', 'localhost'])('the server listens on %s, which no other machine reaches', (host) => {
    expect(readGrpcSettings({ GRPC_HOST: host })).toMatchObject({ host, tls: undefined, tokens: true })
  })
})

describe('the Deployment', () => {
  it('says itself that it relies on what is around it', () => {
    const deployment = theOne(manifestsIn('deploy/councils'), 'Deployment', 'orchestrator')
    const [{ env }] = deployment['spec'].template.spec.containers
    expect(env).toContainEqual({ name: 'GRPC_INSECURE', value: 'true' })
  })
})

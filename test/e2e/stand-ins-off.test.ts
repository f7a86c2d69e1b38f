/** A queue alone: GitHub is configured, nothing else is, and STAND_INS=off. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StandInGitHub, startGitHub } from '#sandbox/github/server'
import { aClient } from './support/client.ts'
import { aFolder, aRefusal, aStack, drop, endAll, type RunningStack } from './support/stack.ts'

const STARTING_MS = 300_000
const FOLLOWING = { timeout: 30_000, interval: 100 }
const folder = aFolder()

let github: StandInGitHub
let stack: RunningStack

beforeAll(async () => {
  // To this stack it is the real GitHub.
  github = await startGitHub({ port: 0, dataDir: join(folder, 'github'), token: 'a-real-token' })
  const repository = await github.seed.demo()
  const env = {
    STAND_INS: 'off',
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: 'a-real-token',
    GITHUB_REPO: repository,
    SWEEP_INTERVAL: '1',
  }
  stack = await aStack({ dataDir: join(folder, 'data'), env })
}, STARTING_MS)

afterAll(async () => {
  await endAll()
  await github.close()
  drop(folder)
})

describe('a stack with STAND_INS=off and a GitHub alone', () => {
  it('starts no stand-in, says what is not there, and is healthy', async () => {
    const ask = aClient(stack.dev)

    expect(stack.dev.stand_ins).toEqual({})
    expect(stack.said()).toMatch(/✓ no agent hub\n✓ no upstream services\n✓ no cluster\n✓ no event bus\n/)
    await expect.poll(async () => (await ask('GET /health')).body.status, FOLLOWING).toBe('healthy')
    expect((await ask('GET /health')).body.checks.not_configured).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/set PROJECT_SERVICE_URL.*set KUBECONFIG.*set AGENT_HUB_URL.*set EVENT_BUS_NAME/),
    })
  })

  it('queues issues', async () => {
    const ask = aClient(stack.dev)

    await expect
      .poll(async () => (await ask('GET /queue?status=pending', { as: 'reader' })).body.pending.length, FOLLOWING)
      .toBe(6)
  })

  it.each([
    'POST /orchestrate/project/TEST-001',
    'GET /orchestrate/project/TEST-001/status',
    'GET /orchestrate/project/TEST-001/decisions',
    'POST /orchestrate/sweep',
  ] as const)('answers %s with what to set', async (request) => {
    const { status, type, body } = await aClient(stack.dev)(request, {
      as: 'operator',
      ...(request.startsWith('POST') && { json: {} }),
    })

    expect([status, type]).toEqual([503, 'application/problem+json'])
    expect(body).toMatchObject({ reason: 'not_configured', detail: expect.stringContaining('set PROJECT_SERVICE_URL') })
  })

  it('runs no schedule that would fail', () => {
    expect(stack.said()).not.toMatch(/^! /m)
  })
})

describe('a stack with half a configuration', () => {
  it.each([
    [{ GITHUB_REPO: 'acme/shop' }, /^✗ GITHUB_REPO is set but GITHUB_TOKEN is not\./],
    [{ K8S_NAMESPACE: 'Not_Valid' }, /^✗ The configuration is wrong\. K8S_NAMESPACE: must be a DNS label/],
  ])('refuses %o before it starts anything', async (env, complaint) => {
    const { code, said } = await aRefusal({ dataDir: join(folder, 'refused'), port: 0, env })

    expect(code).toBe(1)
    expect(said).toMatch(complaint)
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startAgentHub } from '#sandbox/agent-hub/server'
import { startCluster } from '#sandbox/cluster/server'
import { startEventBridge } from '#sandbox/eventbridge/server'
import { startGitHub } from '#sandbox/github/server'
import type { Entrance } from '#sandbox/http/listen'
import { startLlm } from '#sandbox/llm/server'
import { startUpstream } from '#sandbox/upstream/server'
import { CONTROL_TOKEN } from '#test/helpers/control'

type Start = (options: Entrance & { readonly dataDir: string }) => Promise<{ url: string; close(): Promise<void> }>

/** Each with a control route that changes something. */
const STAND_INS: readonly [name: string, start: Start, path: string, body: unknown][] = [
  ['GitHub', startGitHub, 'faults', { status: 503 }],
  ['the agent hub', startAgentHub, 'mode', { down: true }],
  ['the upstream services', startUpstream, 'faults', { service: 'sprint', status: 503 }],
  ['the cluster', startCluster, 'faults', { status: 503 }],
  ['EventBridge', startEventBridge, 'faults', { status: 503 }],
  ['the vendors of models', startLlm, 'faults', { status: 503 }],
]

const KEY = `Bearer ${CONTROL_TOKEN}`
const JSON_TYPE = 'application/json'

describe.each(STAND_INS)('the control routes of %s', (_name, start, path, body) => {
  async function aStandIn(controlToken?: string) {
    const dataDir = mkdtempSync(join(tmpdir(), 'control-routes-'))
    const standIn = await start({ port: 0, dataDir, controlToken })
    onTestFinished(async () => {
      await standIn.close()
      rmSync(dataDir, { recursive: true, force: true })
    })
    const url = `${standIn.url.replace('https:', 'http:')}/_stand_in`
    return {
      post: async (headers: Record<string, string>) =>
        (await fetch(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status,
      stats: async (headers: Record<string, string>) => (await fetch(`${url}/stats`, { headers })).status,
    }
  }

  it('take their token, and JSON by its content type', async () => {
    const { post, stats } = await aStandIn(CONTROL_TOKEN)

    expect(await post({ 'content-type': JSON_TYPE })).toBe(401)
    expect(await post({ 'content-type': JSON_TYPE, authorization: 'Bearer guessed' })).toBe(401)
    expect(await post({ 'content-type': JSON_TYPE, authorization: CONTROL_TOKEN })).toBe(401)
    expect(await post({ 'content-type': 'text/plain', authorization: KEY })).toBe(415)
    expect(await stats({})).toBe(401)
    expect(await post({ 'content-type': `${JSON_TYPE}; charset=utf-8`, authorization: KEY })).toBe(204)
    expect(await stats({ authorization: KEY })).toBe(200)
  })

  it('are closed where the stand-in was started without a token', async () => {
    const { post, stats } = await aStandIn()
    expect(await post({ 'content-type': JSON_TYPE, authorization: KEY })).toBe(401)
    expect(await stats({ authorization: 'Bearer undefined' })).toBe(401)
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startAgentHub } from '#sandbox/agent-hub/server'
import { CONTROL_TOKEN, controlHeaders } from '#test/helpers/control'

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-hub-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function aHub(dataDir?: string) {
  const hub = await startAgentHub({
    port: 0,
    controlToken: CONTROL_TOKEN,
    dataDir: dataDir ?? (await aFolder()),
    thinkMs: 0,
  })
  onTestFinished(() => hub.close())
  return hub
}

interface Sent {
  readonly body?: unknown
  readonly key?: string
}

async function send(hub: { url: string }, route: string, { body, key }: Sent = {}) {
  const [method = 'GET', path = '/'] = route.split(' ')
  const headers = { ...controlHeaders(path), ...(key !== undefined && { 'idempotency-key': key }) }
  const answer = await fetch(hub.url + path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text }
}

const ask = { question: 'Where does the counter live?', feature_id: '001-x' }

describe('the stand-in agent hub', () => {
  it.each(['architecture', 'security', 'testing', 'frontend', 'backend', 'devops'])(
    'has an expert on %s',
    async (topic) => {
      const hub = await aHub()
      const { status, body } = await send(hub, `POST /ask/${topic}`, { body: ask })
      expect(status).toBe(200)
      expect(body).toMatchObject({
        answer: expect.any(String),
        rationale: expect.any(String),
        status: 'resolved',
        escalation_id: null,
      })
      expect(body.confidence).toBeGreaterThanOrEqual(topic === 'security' ? 95 : 80)
      expect((await send(hub, `POST /ask/${topic}`, { body: ask })).body.answer).toBe(body.answer)
    },
  )

  it('is unsure of what is unclear, and says so with an escalation that a human answers', async () => {
    const hub = await aHub()
    const { body } = await send(hub, 'POST /ask/backend', {
      body: {
        ...ask,
        question: 'How do we migrate the legacy store?',
      },
    })
    expect(body).toMatchObject({ status: 'pending_human', uncertainty_reasons: [expect.any(String)] })
    const path = `/escalations/${body.escalation_id}`
    expect((await send(hub, `GET ${path}`)).body).toMatchObject({ status: 'pending', topic: 'backend' })
    expect(
      (await send(hub, `POST ${path}`, { body: { action: 'correct', response: 'Twice.', responder: 'bob' } })).body,
    ).toMatchObject({ status: 'resolved' })
    expect((await send(hub, `POST ${path}`, { body: { action: 'confirm', responder: 'bob' } })).status).toBe(409)
    expect((await send(hub, 'GET /escalations')).body).toHaveLength(1)
  })

  it('refuses what makes no sense', async () => {
    const hub = await aHub()
    expect(await send(hub, 'POST /ask/cooking', { body: ask })).toMatchObject({
      status: 404,
      body: { error: { code: 'UNKNOWN_TOPIC' } },
    })
    expect(await send(hub, 'POST /ask/backend', { body: { question: 'short', feature_id: 'x' } })).toMatchObject({
      status: 422,
    })
    expect(await send(hub, 'POST /invoke/wizard', { body: { workflow_type: 'x' } })).toMatchObject({ status: 404 })
    expect(await send(hub, 'GET /escalations/none')).toMatchObject({ status: 404 })
    hub.mode({ wrapped_errors: true })
    expect((await send(hub, 'POST /ask/cooking', { body: ask })).body.detail.error.code).toBe('UNKNOWN_TOPIC')
  })

  it('misbehaves on order, over HTTP too, and heals', async () => {
    const hub = await aHub()
    expect((await send(hub, 'POST /_stand_in/mode', { body: { down: true, times: 1 } })).status).toBe(204)
    expect((await send(hub, 'GET /health')).status).toBe(503)
    expect((await send(hub, 'GET /health')).status).toBe(200)
    hub.mode({ non_json: true })
    expect((await send(hub, 'GET /health')).body).toContain('<html>')
    hub.mode({ cut: true })
    await expect(send(hub, 'GET /health')).rejects.toThrow()
    hub.mode({ reroute: true })
    expect((await send(hub, 'POST /ask/backend', { body: ask })).body.status).toBe('needs_reroute')
    hub.mode({})
    expect((await send(hub, 'GET /_stand_in/stats')).body).toMatchObject({ calls: 5 })
    expect((await send(hub, 'POST /_stand_in/mode', { body: { fly: true } })).status).toBe(422)
  })

  it('does a key once, also after a restart, unless it is told to answer twice', async () => {
    const dataDir = await aFolder()
    const first = await aHub(dataDir)
    const invoke = { workflow_type: 'specify', context: { description: 'A coupon field' } }
    const again = { body: invoke, key: 'k' }
    const before = await send(first, 'POST /invoke/architecture', again)
    await first.close()
    const second = await aHub(dataDir)
    expect(await send(second, 'POST /invoke/architecture', again)).toEqual(before)
    expect(second.stats().worked).toBe(1)
    second.mode({ duplicate: true })
    await send(second, 'POST /invoke/architecture', again)
    expect(second.stats().worked).toBe(2)
  })

  it('is a program that says where it is and ends on SIGTERM', async () => {
    const main = join(import.meta.dirname, '../../../sandbox/agent-hub/main.ts')
    const child: ChildProcess = spawn(process.execPath, [main, '--port', '0', '--data', await aFolder()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = await once(child.stdout!.setEncoding('utf8'), 'data')
    const url = /^agent-hub stand-in ready (\S+)\n$/.exec(line)?.[1] ?? ''
    expect((await fetch(`${url}/health`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

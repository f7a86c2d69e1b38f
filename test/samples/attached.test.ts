/** `serverless invoke local` beside a running stack, as dev.json describes it, and the exit codes that scripts go by. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { writeDevFile } from '#sandbox/stack/dev-file'
import { freePort } from '#sandbox/stack/ports'
import { identify, signalGroup } from '#sandbox/stack/processes'
import { aDevFile } from '#test/helpers/dev-file'
import { invokeLocal } from './invoke.ts'
import { aWorld } from './world.ts'

const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SECRET = 'standin_0123456789abcdef'
const TOKEN = `cxw_0123456789abcdef_${'A'.repeat(43)}`

let world: Awaited<ReturnType<typeof aWorld>>

beforeAll(async () => {
  world = await aWorld()
  await world.queued()
})

/** The folder of a stack whose functions have this environment; it runs for as long as this test does. */
function aFolder(env: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-attached-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const functions = { env: { ...env, GITHUB_TOKEN: SECRET }, withheld: [] }
  writeDevFile(folder, aDevFile({ owner: identify(process.pid), functions }))
  return folder
}

describe('serverless invoke local', { timeout: 120_000 }, () => {
  it('reaches the stack that runs here, prints no secret of it, and ends with 0', async () => {
    const env = { COXSWAIN_DATA_DIR: aFolder(world.env) }
    const { exitCode, result, printed } = await invokeLocal('queueList', 'queue-list', env)

    expect({ exitCode, result }).toMatchObject({ exitCode: 0, result: { statusCode: 200 } })
    expect(JSON.parse((result as { body: string }).body)).toMatchObject({ counts: expect.anything() })
    expect(printed).not.toContain(SECRET)
  })

  it('says that no Coxswain runs here, and ends with 1', async () => {
    const { exitCode, printed } = await invokeLocal('queueList', 'queue-list', { COXSWAIN_DATA_DIR: '/no/such' })

    expect(exitCode).toBe(1)
    expect(printed).toMatch(/No Coxswain runs here: .*Run "npm start"/)
  })

  it('ends with 1 when the function answers 500 or above, and prints the answer', async () => {
    const { exitCode, result } = await invokeLocal('health', 'health', {
      COXSWAIN_TABLE: 'coxswain-samples',
      DYNAMODB_ENDPOINT: 'http://127.0.0.1:2',
    })

    expect({ exitCode, result }).toMatchObject({ exitCode: 1, result: { statusCode: 503 } })
  })

  it('ends with 0 when the function refuses what was asked', async () => {
    const { exitCode, result } = await invokeLocal('workersGet', 'workers-get', world.env)

    expect({ exitCode, result }).toMatchObject({ exitCode: 0, result: { statusCode: 404 } })
  })

  it('ends with 1 when the function throws', async () => {
    const { exitCode, result } = await invokeLocal('workflowsDispatch', 'queue-list', world.env)

    expect({ exitCode, result }).toMatchObject({ exitCode: 1, result: { errorMessage: expect.any(String) } })
  })
})

describe('serverless offline', { timeout: 120_000 }, () => {
  function offline(env: Record<string, string>) {
    const child = spawn(process.execPath, [SERVERLESS, 'offline', '--noSponsor'], {
      cwd: ROOT,
      detached: true,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        COXSWAIN_BUILD_DIR: `.esbuild/attached-${process.pid}`,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => {
      signalGroup(child.pid ?? 0, 'SIGKILL')
      rmSync(join(ROOT, `.esbuild/attached-${process.pid}`), { recursive: true, force: true })
    })
    const said: string[] = []
    const ready = Promise.withResolvers<string>()
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => {
        said.push(line)
        const [, url] = /Server ready: (\S+)/.exec(line) ?? []
        if (url !== undefined) ready.resolve(url)
      })
    }
    return { ready: ready.promise, said, ended: once(child, 'close').then(([code]) => code) }
  }

  it('serves the data of the stack that runs here on a port of its own, closed to other origins', async () => {
    const port = String(await freePort())
    await world.knowsToken(TOKEN)
    const { ready, ended } = offline({
      COXSWAIN_DATA_DIR: aFolder(world.env),
      ORCHESTRATOR_PORT: port,
      COXSWAIN_LAMBDA_PORT: '0',
    })
    const url = await Promise.race([ready, ended.then((code) => `ended with ${code}`)])

    const headers = { authorization: `Bearer ${TOKEN}` }
    const leased = await fetch(`${url}/work/next?worker_id=worker-1`, { headers })
    expect({ status: leased.status, body: await leased.json() }).toMatchObject({
      status: 200,
      body: { issue_number: 7 },
    })
    expect((await fetch(`${url}/health`, { headers: { origin: 'http://evil.example' } })).status).toBe(403)
  })

  it('does not start where no stack runs, and says how to start one', async () => {
    const { said, ended } = offline({ COXSWAIN_DATA_DIR: '/no/such' })

    expect(await ended).toBe(1)
    expect(said.join('\n')).toMatch(/No Coxswain runs here: .*Run "npm start"/)
  })
})

/** Everything together, as a person meets it after `npm start`: one stack, real processes, HTTP from outside. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runWorker, type Said } from '#sandbox/programs/worker'
import { aClient, type Client, lookAt } from './support/client.ts'
import { aFolder, aRefusal, aStack, drop, endAll, type RunningStack } from './support/stack.ts'

const REPOSITORY = 'coxswain-demo/storefront'
/** Starting takes some five seconds, several times that on a busy machine. */
const STARTING_MS = 300_000
/** Labels and comments follow within seconds. */
const FOLLOWING = { timeout: 20_000, interval: 200 }
/** One byte more than a request may carry. */
const TOO_LARGE = 'x'.repeat(256 * 1024 + 1)

const folders = [aFolder(), aFolder()] as const
let first: RunningStack
let second: RunningStack
let ask: Client

const github = (): string => first.dev.stand_ins['github'] ?? ''
const pending = async (client = ask): Promise<number[]> => {
  const { body } = await client('GET /queue?status=pending&limit=100', { as: 'reader' })
  return body.pending.map(({ issue_number }: { issue_number: number }) => issue_number)
}

beforeAll(async () => {
  const tokens = 'reader=let-me-read,worker=let-me-work'
  ;[first, second] = await Promise.all([
    aStack({ dataDir: folders[0] }),
    aStack({ dataDir: folders[1], env: { COXSWAIN_TOKENS: tokens } }),
  ])
  ask = aClient(first.dev)
}, STARTING_MS)

afterAll(async () => {
  await endAll()
  for (const folder of folders) drop(folder)
}, STARTING_MS)

describe('a stack that is ready', () => {
  it('says so in one line and leaves its address and tokens to their owner alone', () => {
    expect(first.said()).toContain(`\ncoxswain ready http://127.0.0.1:${first.port}`)
    expect(first.dev).toMatchObject({ url: `http://127.0.0.1:${first.port}`, dynamodb: { table: 'coxswain' } })
    expect(statSync(join(first.dataDir, 'dev.json')).mode & 0o777).toBe(0o600)
  })

  it('answers GET /health without a token', async () => {
    await expect
      .poll(async () => (await ask('GET /health')).body, FOLLOWING)
      .toMatchObject({
        status: 'healthy',
        service: 'coxswain',
        github_connected: true,
      })
  })

  it('looks at the workers when it is asked to, even where none has a host', async () => {
    const { status, body } = await ask('POST /workers/check', { as: 'operator' })

    expect([status, body.hosts]).toEqual([200, []])
  })

  it('finds the issues that are ready on its stand-in, and shows there that they are taken up', async () => {
    await expect.poll(() => pending(), FOLLOWING).toEqual([2, 1, 5, 3, 6, 4])
    await expect
      .poll(async () => (await lookAt(github(), REPOSITORY, 6)).labels, FOLLOWING)
      .toEqual(['documentation', 'priority:low', 'ai-in-progress'])
  })
})

describe('a request that is refused', () => {
  it.each([
    ['without a token', 401, 'GET /queue', {}],
    ['with a token nobody has', 401, 'GET /queue', { as: { token: 'guess' } }],
    ['with a token for something else', 403, 'GET /queue', { as: 'worker' }],
    ['of a route that is not there', 404, 'GET /nowhere', { as: 'operator' }],
    ['about an issue that is not there', 404, `POST /queue/${REPOSITORY}/4711/retry`, { as: 'operator' }],
    ['with half a body', 400, 'POST /work/failed', { as: 'worker', raw: '{"worker_id":' }],
    ['with too large a body', 413, 'POST /work/failed', { as: 'worker', raw: TOO_LARGE }],
    ['with a worker that cannot be', 422, 'GET /work/next?worker_id=no%20spaces', { as: 'worker' }],
  ] as const)('%s is told why as a problem with status %i', async (_what, status, request, call) => {
    const reply = await ask(request, call)

    expect(reply).toMatchObject({ status, type: 'application/problem+json' })
    expect(reply.body).toMatchObject({ status, detail: expect.any(String), code: expect.any(String) })
    expect(reply.headers.get('x-correlation-id')).not.toBeNull()
  })
})

describe('work done by hand', () => {
  it('is leased, kept alive, completed once, and shown on GitHub', async () => {
    await expect.poll(() => pending(), FOLLOWING).toContain(2)
    const taken = (await ask('GET /work/next?worker_id=hand', { as: 'worker' })).body
    expect(taken).toMatchObject({
      work_available: true,
      issue_number: 2,
      branch_name: 'ai-feature/issue-2',
      attempt: 1,
    })
    const again = (await ask('POST /work/next', { as: 'worker', json: { worker_id: 'hand' } })).body
    expect(again).toMatchObject({ issue_number: 2, lease: { token: taken.lease.token } })

    const mine = { worker_id: 'hand', issue_number: 2, lease_token: taken.lease.token }
    const beat = await ask('POST /work/heartbeat', { as: 'worker', json: mine })
    expect(beat.body).toMatchObject({ cancel: false, lease: { token: taken.lease.token } })

    const done = { ...mine, success: true, pr_url: `${github()}/${REPOSITORY}/pull/99` }
    const elsewhere = { ...done, pr_url: 'https://example.com/other/place/pull/1' }
    expect((await ask('POST /work/complete', { as: 'worker', json: elsewhere })).status).toBe(422)
    const stale = { ...done, lease_token: taken.lease.token + 1 }
    expect((await ask('POST /work/complete', { as: 'worker', json: stale })).status).toBe(409)
    for (const _time of ['once', 'again']) {
      const reply = await ask('POST /work/complete', { as: 'worker', json: done })
      expect(reply).toMatchObject({ status: 200, body: { status: 'acknowledged' } })
    }
    const late = await ask('POST /work/failed', { as: 'worker', json: { ...mine, error: 'Too late.' } })
    expect(late).toMatchObject({ status: 409, body: { code: 'already_finished' } })

    await expect.poll(async () => (await lookAt(github(), REPOSITORY, 2)).labels, FOLLOWING).toContain('ai-completed')
    const look = await lookAt(github(), REPOSITORY, 2)
    expect(look.labels).toEqual(['bug', 'priority:critical', 'ai-completed'])
    await expect
      .poll(async () => (await lookAt(github(), REPOSITORY, 2)).comments, FOLLOWING)
      .toEqual([expect.stringContaining('/pull/99')])
  })
})

describe('a real worker', () => {
  it('takes an issue from the queue to a pull request that GitHub knows', async () => {
    const said: Said[] = []
    const options = {
      id: 'real',
      jobs: 1,
      orchestrator: { url: first.dev.url, token: first.dev.tokens.worker },
      github: { url: github(), token: first.dev.stand_in_tokens.github },
      workspace: join(first.dataDir, 'workspace'),
    }

    const code = await runWorker(options, (line) => said.push(line), AbortSignal.timeout(STARTING_MS))

    expect(code).toBe(0)
    const opened = said.find(({ msg }) => msg === 'pull request open')
    const number = opened?.issue ?? 0
    const pull = await fetch(`${github()}/repos/${REPOSITORY}/pulls/${String(opened?.['pr_url']).split('/').at(-1)}`)
    expect(await pull.json()).toMatchObject({
      html_url: opened?.['pr_url'],
      head: { ref: `ai-feature/issue-${number}` },
    })
    await expect
      .poll(async () => await lookAt(github(), REPOSITORY, number), FOLLOWING)
      .toMatchObject({
        labels: expect.arrayContaining(['ai-completed']),
        comments: [expect.stringContaining(`Done: ${opened?.['pr_url']}`)],
      })
    const worker = await ask('GET /workers/real', { as: 'reader' })
    expect(worker.body).toMatchObject({ id: 'real', status: 'available', total_tasks: 1 })
  })
})

describe('two stacks on one machine', () => {
  it('know nothing of each other', async () => {
    const other = aClient(second.dev)

    expect(second.dev.tokens).toMatchObject({ reader: 'let-me-read', worker: 'let-me-work' })
    expect((await ask('GET /queue', { as: { token: 'let-me-read' } })).status).toBe(401)
    await expect.poll(() => pending(other), FOLLOWING).toEqual([2, 1, 5, 3, 6, 4])
    const { body } = await other('GET /queue?status=completed', { as: 'reader' })
    expect(body.completed).toEqual([])
  })

  it('cannot share a port', async () => {
    const dataDir = aFolder()

    const { code, said } = await aRefusal({ dataDir, port: first.port })

    expect(code).toBe(1)
    expect(said).toContain(`Port ${first.port} on 127.0.0.1 is taken`)
    expect(said).toContain('ORCHESTRATOR_PORT')
    drop(dataDir)
  })

  it('cannot share a data folder', async () => {
    const { code, said } = await aRefusal({ dataDir: first.dataDir, port: second.port })

    expect(code).toBe(1)
    expect(said).toContain(first.dataDir)
    expect(said).toContain('COXSWAIN_DATA_DIR')
  })
})

describe('the end of a stack', () => {
  it('leaves nothing running after SIGTERM, and its data in place', async () => {
    const { code, said } = await second.signal('SIGTERM')

    expect(code).toBe(0)
    expect(said).toMatch(/Stopping …$/)
    expect(second.groups()).toEqual([])
    expect(statSync(join(second.dataDir, 'dynamodb.db')).size).toBeGreaterThan(0)
  })

  it(
    'by SIGKILL takes the children with it, and the next start goes on where it ended',
    async () => {
      const held = (await ask('GET /work/next?worker_id=survivor', { as: 'worker' })).body
      const done = (await ask('GET /queue?status=completed', { as: 'reader' })).body.completed

      await first.signal('SIGKILL')
      await expect.poll(() => first.groups(), FOLLOWING).toEqual([])
      const { dataDir, port, dev } = first
      first = await aStack({ dataDir, port })

      const { url, grpc, tokens, stand_ins, stand_in_tokens, dynamodb } = dev
      const kept = { endpoint: dynamodb.endpoint, table: dynamodb.table }
      expect(first.dev).toMatchObject({ url, grpc, tokens, stand_ins, stand_in_tokens, dynamodb: kept })
      expect(first.dev.dynamodb.access_key_id).not.toBe(dynamodb.access_key_id)
      const again = (await ask('GET /work/next?worker_id=survivor', { as: 'worker' })).body
      expect(again).toMatchObject({ issue_number: held.issue_number, lease: { token: held.lease.token } })
      expect((await ask('GET /queue?status=completed', { as: 'reader' })).body.completed).toEqual(done)
    },
    STARTING_MS,
  )
})

/** A council on the whole stack, against a vendor's stand-in: everything is killed in the middle, and nothing is paid twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StandInLlm, startLlm } from '#sandbox/llm/server'
import { aClient, type Client } from './support/client.ts'
import { aFolder, aStack, drop, endAll, type RunningStack } from './support/stack.ts'

/** Starting takes some ten seconds, several times that on a busy machine. */
const STARTING_MS = 120_000
/** A run stands still for half a minute at most, its last calls included, whatever a call may take. */
const FOLLOWING = { timeout: 30_000, interval: 200 }
/** Long enough to be killed in. */
const THINK_MS = 600
/** Proposals, and two rounds of reviews and revisions at most. */
const MOST_CALLS = 3 + 2 * (3 + 3)

const folder = aFolder()
let llm: StandInLlm
let stack: RunningStack
let ask: Client

const start = async () => {
  const env = {
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: llm.v1,
    ALLOW_PRIVATE_URLS: new URL(llm.v1).host,
    LLM_MODEL: 'gpt-4.1',
  }
  stack = await aStack({ dataDir: folder, env })
  ask = aClient(stack.dev)
}

beforeAll(async () => {
  llm = await startLlm({ port: 0, thinkMs: THINK_MS })
  await start()
}, STARTING_MS)
afterAll(async () => {
  await endAll()
  await llm.close()
  drop(folder)
}, STARTING_MS)

describe('a deliberation', () => {
  it(
    'is finished within half a minute after everything was killed in the middle, also for the caller who asks again',
    async () => {
      const options = { enable_peer_review: true, deliberation_rounds: 2 }
      const json = { task_id: 'health', task_description: 'Add a health endpoint', role: 'DEV', options }
      const begun = ask('POST /councils/orchestrate', { as: 'operator', json }).catch(() => undefined)
      await expect.poll(() => llm.stats().paid, { timeout: 30_000, interval: 20 }).toBeGreaterThanOrEqual(3)
      // The proposals are stored, the reviews are under way.
      await new Promise((resolve) => setTimeout(resolve, THINK_MS / 2))
      await stack.signal('SIGKILL')
      await begun
      const paidBefore = llm.stats().paid
      await start()

      const again = ask('POST /councils/orchestrate', { as: 'operator', json })
      const runs = async () => (await ask('GET /deliberations', { as: 'operator' })).body.deliberations
      await expect.poll(runs, FOLLOWING).toMatchObject([{ status: 'DELIBERATION_STATUS_COMPLETED' }])

      const { paid, paid_twice } = llm.stats()
      expect(paid_twice).toEqual([])
      expect(paid).toBeGreaterThan(paidBefore)
      expect(paid).toBeLessThanOrEqual(MOST_CALLS)
      const [{ execution_id: id, winner_id }] = await runs()
      expect(winner_id).toMatch(/^agent-dev-00[123]$/)
      expect([200, 202]).toContain((await again).status)
      expect((await again).body).toMatchObject({ execution_id: id })
      const recount = await ask(`POST /deliberations/${id}/recount`, { as: 'operator' })
      expect(recount.body).toMatchObject({ agrees: true })
    },
    STARTING_MS + FOLLOWING.timeout,
  )
})

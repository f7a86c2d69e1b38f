/** A council on the whole stack, against a vendor's stand-in: everything is killed in the middle, and nothing is paid twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StandInLlm, startLlm } from '#sandbox/llm/server'
import { aClient, type Client } from './support/client.ts'
import { aFolder, aStack, drop, endAll, type RunningStack } from './support/stack.ts'

/** Starting takes some ten seconds, several times that on a busy machine. */
const STARTING_MS = 120_000
/** Three agents and two rounds are five calls deep; whoever carries a dead run on waits for its lease to run out. */
const FOLLOWING = { timeout: 110_000, interval: 200 }
/** Long enough to be killed in. */
const THINK_MS = 600
/** Proposals, and two rounds of reviews and revisions at most. */
const MOST_CALLS = 3 + 2 * (3 + 3)

const folder = aFolder()
let llm: StandInLlm
let stack: RunningStack
let ask: Client

const start = async () => {
  // A holder that went silent is waited for half a minute longer than a call may take.
  const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: llm.v1, LLM_MODEL: 'gpt-4.1', COUNCIL_CALL_SECONDS: '2' }
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
    'is finished after everything was killed in the middle, and no call is paid twice',
    async () => {
      const json = { task_description: 'Add a health endpoint', role: 'DEV', rounds: 2, num_agents: 3 }
      const begun = ask('POST /councils/deliberate', { as: 'operator', json }).catch(() => undefined)
      await expect.poll(() => llm.stats().paid, { timeout: 30_000, interval: 20 }).toBeGreaterThanOrEqual(3)
      // The proposals are stored, the reviews are under way.
      await new Promise((resolve) => setTimeout(resolve, THINK_MS / 2))
      await stack.signal('SIGKILL')
      await begun
      const paidBefore = llm.stats().paid
      await start()

      const runs = async () => (await ask('GET /deliberations', { as: 'operator' })).body.deliberations
      await expect.poll(runs, FOLLOWING).toMatchObject([{ status: 'DELIBERATION_STATUS_COMPLETED' }])

      const { paid, paid_twice } = llm.stats()
      expect(paid_twice).toEqual([])
      expect(paid).toBeGreaterThan(paidBefore)
      expect(paid).toBeLessThanOrEqual(MOST_CALLS)
      const [{ execution_id: id, winner_id }] = await runs()
      expect(winner_id).toMatch(/^agent-dev-00[123]$/)
      const recount = await ask(`POST /deliberations/${id}/recount`, { as: 'operator' })
      expect(recount.body).toMatchObject({ agrees: true })
    },
    STARTING_MS + FOLLOWING.timeout,
  )
})

/** A feature's way through its phases and gate on the whole stack, the agent hub's stand-in doing the work. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aClient, type Client } from './support/client.ts'
import { aFolder, aStack, drop, endAll } from './support/stack.ts'

/** Starting takes some ten seconds, several times that on a busy machine. */
const STARTING_MS = 120_000
/** A phase takes the stand-in a moment, and the stream brings it there. */
const FOLLOWING = { timeout: 20_000, interval: 200 }
const FEATURE = '008-services-architecture'

const folder = aFolder()
let ask: Client

beforeAll(async () => {
  ask = aClient((await aStack({ dataDir: folder })).dev)
}, STARTING_MS)

afterAll(async () => {
  await endAll()
  drop(folder)
}, STARTING_MS)

const view = async () => (await ask(`GET /workflow/${FEATURE}`, { as: 'reader' })).body
const approve = (evidence: string) =>
  ask(`POST /workflow/${FEATURE}/advance`, { as: 'operator', json: { event: 'approve', actor: 'ada', evidence } })

describe('a workflow', () => {
  it('runs its first phase by itself and waits at the gate', async () => {
    const json = { feature_id: FEATURE, description: 'Refactor to microservices' }
    expect(await ask('POST /workflow/start', { as: 'operator', json })).toMatchObject({ status: 201 })

    await expect.poll(view, FOLLOWING).toMatchObject({ state: 'GATE_1', waiting_for: 'approval' })
  })

  it('refuses an approval that was given for other evidence', async () => {
    expect(await approve('0'.repeat(64))).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })

  it('goes on to the end once somebody else approves what the phase brought', async () => {
    const { gate } = await view()
    expect(await approve(gate.evidence_hash)).toMatchObject({ status: 200 })

    await expect.poll(view, FOLLOWING).toMatchObject({ state: 'DONE', progress: { percent: 100 } })
    const { body } = await ask(`GET /workflow/${FEATURE}/history`, { as: 'reader' })
    const told = body.history.map(({ event, actor }: { event: string; actor: string }) => `${event} ${actor}`)
    expect(told).toHaveLength(4)
    expect(told[2]).toBe('approve ada')
  })
})

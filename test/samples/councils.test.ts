/** The samples of the councils' functions, each in a world where what it says is true. */
import { beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { invokeLocal } from './invoke.ts'
import { aWorld } from './world.ts'

const answer = z.object({ statusCode: z.number(), body: z.string() })

/** The sample of a function: its name in kebab case. */
const sampleOf = (fn: string) => fn.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

let env: Record<string, string>

async function ask(fn: string): Promise<{ status: number; body: unknown }> {
  const { result, printed } = await invokeLocal(fn, sampleOf(fn), env)
  const read = answer.safeParse(result)
  if (!read.success) throw new Error(`This is no HTTP answer:\n${printed}`)
  const { statusCode: status, body } = read.data
  return { status, body: JSON.parse(body) }
}

describe('the samples of the councils’ functions', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    env = { ...(await aWorld()).env, STAND_INS: 'on', ALLOW_OFFLINE_AGENTS: 'true' }
  })

  it('councilsDeliberate: takes the run and says where it stands; councilsResume carries it out', async () => {
    expect(await ask('councilsDeliberate')).toMatchObject({
      status: 202,
      body: { execution_id: expect.any(String), status: 'DELIBERATION_STATUS_PENDING' },
    })
    expect(await invokeLocal('councilsResume', 'councils-resume', env)).toMatchObject({
      exitCode: 0,
      result: { carried_on: 1 },
    })
    expect(await ask('deliberationsList')).toMatchObject({
      status: 200,
      body: { deliberations: [{ role: 'DEV', status: 'DELIBERATION_STATUS_COMPLETED' }] },
    })
  })

  describe.concurrent('that stand alone', () => {
    it('councilsOrchestrate: takes the run', async () => {
      expect(await ask('councilsOrchestrate')).toMatchObject({ status: 202 })
    })

    it.each([
      ['councilsStatus', { status: 'healthy', stats: { total_deliberations: expect.any(String) } }],
      ['councilsList', { councils: expect.any(Array) }],
    ])('%s: answers', async (fn, body) => {
      expect(await ask(fn)).toMatchObject({ status: 200, body })
    })

    it.each(['deliberationGet', 'deliberationTranscript', 'deliberationRecount'])(
      '%s: says that there is none of that id',
      async (fn) => {
        expect(await ask(fn)).toMatchObject({ status: 404 })
      },
    )

    it('councilsRun: leaves a run alone that is not there any more', async () => {
      expect(await invokeLocal('councilsRun', 'councils-run', env)).toMatchObject({
        exitCode: 0,
        result: { batchItemFailures: [] },
      })
    })
  })

  it('councilsCreate and councilsDelete: make a council and remove it', async () => {
    expect(await ask('councilsCreate')).toMatchObject({ status: 201, body: { agents_created: 3 } })
    expect(await ask('councilsDelete')).toMatchObject({ status: 200, body: { success: true } })
  })
})

/** The samples of the workflow functions, each in a world where what it says is true. */
import { beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { invokeLocal } from './invoke.ts'
import { aWorld } from './world.ts'

const FEATURE = '008-services-architecture'
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

describe('the samples of the workflow functions', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    env = { ...(await aWorld()).env }
    expect(await ask('workflowStart')).toMatchObject({ status: 201, body: { feature_id: FEATURE, state: 'PHASE_1' } })
  })

  describe.concurrent('that look', () => {
    it.each([
      ['workflowGet', { feature_id: FEATURE, state: 'PHASE_1' }],
      ['workflowHistory', { history: [{ seq: 1, event: 'start' }] }],
      ['workflowGraph', {}],
      ['workflowsList', { workflows: [{ feature_id: FEATURE }] }],
    ])('%s: answers', async (fn, body) => {
      expect(await ask(fn)).toMatchObject({ status: 200, body })
    })

    it.each(['workflowRunGet', 'workflowRunAdvance', 'workflowConsultationAnswer'])(
      '%s: says that there is none of that id',
      async (fn) => {
        expect(await ask(fn)).toMatchObject({ status: 404 })
      },
    )

    it('workflowRunStart: starts a run by its type', async () => {
      expect(await ask('workflowRunStart')).toMatchObject({ status: 201, body: { workflow_type: 'specify' } })
    })

    it.each(['workflowsCheck', 'workflowsDispatch'])('%s: runs', async (fn) => {
      expect(await invokeLocal(fn, sampleOf(fn), env)).toMatchObject({ exitCode: 0 })
    })
  })

  it('that change: pause, resume, complete a phase, and cancel', async () => {
    expect(await ask('workflowRetry')).toMatchObject({ status: 409 })
    expect(await ask('workflowPause')).toMatchObject({ status: 200, body: { paused: true } })
    expect(await ask('workflowResume')).toMatchObject({ status: 200, body: { paused: false } })
    expect(await ask('workflowAdvance')).toMatchObject({ status: 200, body: { state: 'GATE_1' } })
    expect(await ask('workflowCancel')).toMatchObject({ status: 200, body: { state: 'CANCELLED' } })
  })

  it('workflowConsult: says that no expert can be reached', async () => {
    expect(await ask('workflowConsult')).toMatchObject({ status: 503 })
  })
})

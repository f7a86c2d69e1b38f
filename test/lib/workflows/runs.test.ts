import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { featureIdOf, slugOf } from '#lib/workflows/slug'
import { aWorld } from './helpers.ts'

const asking = { actorFor: (event: string) => event, check: () => undefined, correlation_id: 'c' }
const body = { workflow_type: 'specify', feature_description: 'Add a coupon field to the checkout form' }

describe('a run of the newer contract', () => {
  it('goes through two phases, each approved, and shows what the contract names', async () => {
    const { runs } = await aWorld()
    const { status, body: view, headers } = await runs.start(body, asking)
    const id = String(view['id'])
    expect([status, headers['location']]).toEqual([201, `/workflows/${id}`])
    expect(view).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      workflow_type: 'specify',
      status: 'in_progress',
      feature_id: '001-add-a-coupon-field-to-the-checkout-form',
      current_phase: 'phase_1',
      result: null,
      error: null,
      created_at: '2026-01-05T08:00:00.000Z',
      updated_at: '2026-01-05T08:00:00.000Z',
      completed_at: null,
    })
    const steps = []
    for (const input of [
      { trigger: 'agent_complete', phase_result: { spec: 1 } },
      { trigger: 'human_rejected' },
      { trigger: 'agent_complete', phase_result: { spec: 2 } },
      { trigger: 'human_approved' },
      { trigger: 'agent_complete', phase_result: { spec: 3 } },
      { trigger: 'human_approved' },
    ]) {
      const { body: now } = await runs.advance(id, input, asking)
      steps.push([now['status'], now['current_phase'], now['result']])
    }
    expect(steps).toEqual([
      ['waiting_approval', 'phase_1', { spec: 1 }],
      ['in_progress', 'phase_1', null],
      ['waiting_approval', 'phase_1', { spec: 2 }],
      ['in_progress', 'phase_2', { spec: 2 }],
      ['waiting_approval', 'phase_2', { spec: 3 }],
      ['completed', 'phase_2', { spec: 3 }],
    ])
    expect((await runs.get(id.toUpperCase(), asking)).body).toMatchObject({
      status: 'completed',
      completed_at: expect.any(String),
    })
  })

  it('refuses in the codes of that contract', async () => {
    const { runs } = await aWorld()
    const id = String((await runs.start(body, asking)).body['id'])
    const told = async (reply: Promise<{ status: number; body: Readonly<Record<string, unknown>> }>) => {
      const { status, body: problem } = await reply
      return [status, problem['code']]
    }
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect(await told(runs.start({ ...body, workflow_type: 'dance' }, asking))).toEqual([422, 'INVALID_WORKFLOW_TYPE'])
    expect(await told(runs.start({ ...body, feature_description: 'short' }, asking))).toEqual([422, 'invalid'])
    expect(await told(runs.start({ ...body, surprise: 1 }, asking))).toEqual([422, 'invalid'])
    expect(await told(runs.start([], asking))).toEqual([422, 'invalid'])
    expect(await told(runs.get('7', asking))).toEqual([422, 'INVALID_UUID'])
    expect(await told(runs.get(nobody, asking))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
    expect(await told(runs.advance(nobody, { trigger: 'agent_complete' }, asking))).toEqual([404, 'WORKFLOW_NOT_FOUND'])
    expect(await told(runs.advance(id, { trigger: 'hurry' }, asking))).toEqual([422, 'INVALID_TRIGGER'])
    expect(await told(runs.advance(id, { trigger: 'human_approved' }, asking))).toEqual([
      409,
      'INVALID_STATE_TRANSITION',
    ])
    await runs.advance(id, { trigger: 'agent_complete' }, asking)
    expect(await told(runs.advance(id, { trigger: 'agent_complete' }, asking))).toEqual([
      409,
      'INVALID_STATE_TRANSITION',
    ])
  })

  it('gives no number twice, and passes over a name that is taken', async () => {
    const { runs, start, hub } = await aWorld()
    await start('003-add-a-coupon-field-to-the-checkout-form')
    const all = await Promise.all(Array.from({ length: 30 }, () => runs.start(body, asking)))
    const ids = all.map((one) => String(one.body['feature_id']))
    expect(new Set(ids).size).toBe(30)
    expect(ids.every((id) => /^\d{3}-/.test(id) && !id.startsWith('003'))).toBe(true)
    expect(hub.invocations).toEqual([])
  })
})

describe('a slug', () => {
  it('is never empty and always part of a feature id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(9_999_999), (text, n) => {
        expect(slugOf(text)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
        expect(featureIdOf(n, text)).toMatch(/^\d{3}[a-z0-9-]{0,77}$/)
      }),
    )
  })

  it.each([
    ['Añadir campo de cupón', 'anadir-campo-de-cupon'],
    ['…', 'feature'],
    ['日本語の説明です', 'feature'],
    ['a'.repeat(90), 'a'.repeat(40)],
    ['Refactor the whole checkout to microservices', 'refactor-the-whole-checkout-to'],
  ])('of %s is %s', (text, slug) => expect(slugOf(text)).toBe(slug))
})

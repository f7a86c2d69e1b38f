import { describe, expect, it } from 'vitest'
import { hours } from '#lib/clock'
import { meter } from '#lib/store/client'
import { encodeWorkflow } from '#lib/store/workflows-codec'
import type { WorkflowEvent } from '#lib/workflows/model'
import { aWorld, MANUAL, withGate } from './helpers.ts'

const many = <T>(n: number, make: (i: number) => Promise<T>) =>
  Promise.allSettled(Array.from({ length: n }, (_, i) => make(i)))
const won = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.filter(({ status }) => status === 'fulfilled').length

describe('starting', () => {
  it('answers the same request with the run it started, and refuses another', async () => {
    const { start } = await aWorld()
    const first = await start('a')
    const again = await start('a')

    expect([first.fresh, again.fresh]).toEqual([true, false])
    expect(again.view).toEqual(first.view)
    await expect(start('a', { description: 'Something else.' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(start('a', { context: { team: 'other' } })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('shows all that the contract names', async () => {
    const { start } = await aWorld()
    const { view } = await start('001-coupon')
    expect(view).toMatchObject({
      feature_id: '001-coupon',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      definition: { name: 'manual', version: 1 },
      state: 'PHASE_1',
      description: 'Add a coupon field to the checkout.',
      context: { team: 'shop' },
      phases: [
        { name: 'Draft', attempt: 1, state: 'running', finished_at: null, result: null, error: null },
        { name: 'Build', attempt: 0, state: 'pending', started_at: null },
      ],
      allowed_events: ['phase_complete', 'phase_failed', 'pause', 'cancel'],
      progress: { done: 0, total: 3, percent: 0 },
      consultations: [],
      paused: false,
      version: 1,
      created_at: '2026-01-05T08:00:00.000Z',
      updated_at: '2026-01-05T08:00:00.000Z',
      completed_at: null,
    })
  })

  it('a hundred times at once makes one run', async () => {
    const { start, store } = await aWorld()
    const results = await many(100, () => start('crowd'))
    const fresh = results.filter((one) => one.status === 'fulfilled' && one.value.fresh)

    expect(won(results)).toBe(100)
    expect(fresh).toHaveLength(1)
    expect((await store.cards('active', 100)).items).toHaveLength(1)
  })

  it('a hundred features at once makes a hundred runs', async () => {
    const { start, workflows } = await aWorld()
    expect(won(await many(100, (i) => start(`feature-${i}`)))).toBe(100)
    expect((await workflows.list({ limit: 100 })).workflows).toHaveLength(100)
  })

  it('refuses a definition nobody knows, and a version nobody has', async () => {
    const { start } = await aWorld()
    await expect(start('a', { definition: 'waterfall' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(start('a', { definition_version: 9 })).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('a transition', () => {
  it('costs at most three write units with its history, and the run fits 1 KB at its fullest', async () => {
    const world = await aWorld({ definitions: [withGate({ quorum: 2 }, 'manual')] })
    await world.start('042-a-feature-with-a-name')
    const units = meter(world.client)
    const costs: number[] = []
    const said = async (event: Parameters<typeof world.say>[1], over: Record<string, unknown>) => {
      units.reset()
      await world.say('042-a-feature-with-a-name', event, over)
      costs.push(units.totals().writes)
      const workflow = await world.found('042-a-feature-with-a-name')
      const item = encodeWorkflow(workflow, { pk: 'WORKFLOW#042-a-feature-with-a-name', sk: 'RUN' })
      expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(1_300)
    }
    // A result is kept apart by a unit of its own, once.
    await said('phase_complete', { result: { output: 'x' } })
    const evidence = await world.evidence('042-a-feature-with-a-name')
    await said('approve', { actor: 'bob.builder', evidence })
    await said('pause', { actor: 'olga' })
    await said('resume', { actor: 'olga' })
    await said('reject', {
      actor: 'ida.inspector',
      evidence,
      reason: 'The second step cannot be undone; say how it is.',
    })

    expect(costs).toEqual([3, 2, 2, 2, 2])
  })

  it('twenty racing identical events on twenty runs are exactly twenty transitions', async () => {
    const { start, say, found } = await aWorld()
    const features = Array.from({ length: 20 }, (_, i) => `race-${i}`)
    await Promise.all(features.map((id) => start(id)))
    const results = await many(400, (i) => say(features[i % 20] ?? '', 'phase_complete', { result: { n: 1 } }))

    // A local engine may be too busy for some of them; then they are told so, and nothing was half done.
    for (const one of results) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'unavailable' })
    expect(won(results)).toBeGreaterThanOrEqual(20)
    for (const id of features) expect(await found(id)).toMatchObject({ version: 2, state: { kind: 'gate' } })
  })

  it('racing with another that wins is told 409 and what is allowed now', async () => {
    const { start, say, evidence, found, workflows } = await aWorld()
    await start('a')
    await say('a', 'phase_complete')
    const hash = await evidence('a')
    const seen = await workflows.engine.load('a')
    const events: WorkflowEvent[] = [
      { kind: 'approve', actor: 'bob', evidence: hash },
      { kind: 'reject', actor: 'eve', evidence: hash, reason: { kind: 'inline', text: 'no' } },
      // Legal after an approval, too, but not for somebody who had seen the gate.
      { kind: 'cancel', actor: 'olga', reason: null },
    ]
    const results = await many(3, (i) => workflows.engine.apply(seen, events[i]!, { correlation_id: 'c' }))

    expect(won(results)).toBe(1)
    expect((await found('a')).version).toBe(3)
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'conflict', details: { allowed_events: expect.any(Array) } })
  })

  it('meant for another version is refused', async () => {
    const { workflows, start } = await aWorld()
    await start('a')
    const late = workflows.advance('a', { event: 'cancel', actor: 'x' }, { correlation_id: 'c', expected_version: 7 })
    await expect(late).rejects.toMatchObject({ code: 'conflict', details: { version: 1, expected_version: 7 } })
  })

  it('whose reply was lost counts as done when the SDK repeats it', async () => {
    const { start, found, store, workflows } = await aWorld()
    await start('a')
    const run = await workflows.engine.load('a')
    await workflows.engine.apply(run, { kind: 'pause', actor: 'olga', reason: null }, { correlation_id: 'c' })
    const written = await found('a')

    expect(await store.save(written, run.workflow)).toEqual({ kind: 'saved' })
    expect((await found('a')).version).toBe(2)
  })
})

describe('a decision', () => {
  it('said twice is answered twice and counted once, even when the run has gone on', async () => {
    const { start, say, evidence, found } = await aWorld()
    await start('a')
    await say('a', 'phase_complete')
    const approval = { actor: 'bob', evidence: await evidence('a') }
    await say('a', 'approve', approval)
    await say('a', 'phase_complete', { result: 'built' })

    expect(await say('a', 'approve', approval)).toMatchObject({ state: 'DONE', version: 4 })
    await expect(say('a', 'approve', { ...approval, actor: 'eve' })).rejects.toMatchObject({ code: 'conflict' })
    expect((await found('a')).version).toBe(4)
  })

  it('after the gate expired is told so, also when the policy has been carried out', async () => {
    const { start, say, evidence, clock, check } = await aWorld({
      definitions: [withGate({ on_expiry: 'reject' }, 'manual')],
    })
    await start('a')
    await say('a', 'phase_complete')
    const approval = { actor: 'bob', evidence: await evidence('a') }
    clock.advance(hours(2))
    await expect(say('a', 'approve', approval)).rejects.toMatchObject({ code: 'gone' })
    await check()
    await expect(say('a', 'approve', approval)).rejects.toMatchObject({ code: 'gone' })
  })
})

describe('the history', () => {
  it('tells every transition once and in order, page by page, results and reasons included', async () => {
    const { start, say, evidence, workflows } = await aWorld()
    await start('a')
    await say('a', 'phase_complete', { result: { output: 'draft' } })
    await say('a', 'reject', { actor: 'bob', evidence: await evidence('a'), reason: 'x'.repeat(1_000) })
    await say('a', 'phase_complete', { result: { output: 'better' } })

    const first = await workflows.history('a', { after: 0, limit: 2 })
    const second = await workflows.history('a', { after: first.next_after ?? 0, limit: 10 })

    expect([...first.history, ...second.history].map(({ seq, from, to, event }) => [seq, from, event, to])).toEqual([
      [1, 'IDLE', 'start', 'PHASE_1'],
      [2, 'PHASE_1', 'phase_complete', 'GATE_1'],
      [3, 'GATE_1', 'reject', 'PHASE_1'],
      [4, 'PHASE_1', 'phase_complete', 'GATE_1'],
    ])
    expect(first.history[1]).toMatchObject({ actor: 'ada', result: { output: 'draft' }, evidence: expect.any(String) })
    expect(second.history[0]).toMatchObject({ reason: 'x'.repeat(1_000) })
    expect(second.next_after).toBeNull()
    expect(await workflows.history('a', { after: 99, limit: 10 })).toMatchObject({ history: [], next_after: null })
  })

  it('ends a page before it grows too large for an answer', async () => {
    const { start, say, evidence, workflows } = await aWorld({ definitions: [{ ...MANUAL, max_rework: 100 }] })
    await start('a')
    for (let round = 0; round < 12; round++) {
      await say('a', 'phase_complete', { result: 'y'.repeat(200_000) })
      await say('a', 'reject', { actor: 'bob', evidence: await evidence('a') })
    }
    const page = await workflows.history('a', { after: 0, limit: 100 })
    expect(JSON.stringify(page).length).toBeLessThan(3_000_000)
    expect(page.next_after).toBe(page.history.at(-1)?.seq)
  })
})

describe('a definition that changes', () => {
  it('leaves runs on the version they were started with', async () => {
    const old = await aWorld()
    await old.start('pinned')
    const [draft] = MANUAL.phases
    const shorter = { ...MANUAL, version: 2, phases: [{ ...draft!, gate: undefined }] } as typeof MANUAL
    const next = await aWorld({ on: old.local, definitions: [shorter] })
    await next.start('fresh')

    expect(await next.say('pinned', 'phase_complete')).toMatchObject({ state: 'GATE_1', definition: { version: 1 } })
    expect(await next.say('fresh', 'phase_complete')).toMatchObject({ state: 'DONE', definition: { version: 2 } })
    expect((await next.start('pinned')).fresh).toBe(false)
  })

  it('without a new version is not believed', async () => {
    const old = await aWorld()
    await old.start('a')
    const next = await aWorld({ on: old.local, definitions: [{ ...MANUAL, max_rework: 99 }] })
    await next.start('b')
    expect((await next.workflows.engine.load('b')).definition.max_rework).toBe(2)
  })
})

describe('texts', () => {
  it('of every kind come back as they were sent', async () => {
    const { start, workflows, say } = await aWorld()
    const description = `${'🚀 long '.repeat(800)}\u0000 \u202e "quoted" $(curl x)`
    const context = { deep: { list: [1, null, true, 'ä'] }, half: 'a\ud800b' }
    await start('a', { description, context })
    await say('a', 'phase_complete', { result: { big: 'z'.repeat(250_000), half: '\udfff' } })
    const view = await workflows.view('a')

    expect(view.description).toBe(description)
    expect(view.context).toEqual({ ...context, half: 'a\ufffdb' })
    expect(view.phases[0]?.result).toEqual({ big: 'z'.repeat(250_000), half: '\ufffd' })
  })

  it('that no item can hold are refused, and nothing has changed', async () => {
    const { start, say, found } = await aWorld()
    await start('a')
    await expect(say('a', 'phase_complete', { result: 'z'.repeat(400_000) })).rejects.toMatchObject({
      code: 'too_large',
    })
    expect((await found('a')).version).toBe(1)
  })
})

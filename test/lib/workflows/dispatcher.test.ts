import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { dispatchOf } from '#lib/workflows/dispatch-of'
import { aRun, aWorld, complete, failed, moved, withGate } from './helpers.ts'

const SDLC = { definition: 'sdlc' }
const HUB = {
  ...withGate({}),
  name: 'hub',
  phases: withGate({}).phases.map((phase) => ({ ...phase, dispatch: 'hub' as const })),
}

/** Gives way to whatever else is going on. */
const soon = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A hub whose calls never end by themselves. */
function hanging(hub: Awaited<ReturnType<typeof aWorld>>['hub']) {
  const { promise: begun, resolve } = Promise.withResolvers<AbortSignal | undefined>()
  hub.meanwhile = (signal) => {
    resolve(signal)
    return new Promise(() => undefined)
  }
  return { begun }
}

describe('what a change sends to the hub', () => {
  it('is the attempt that is wanted now and was not before', () => {
    const started = aRun(HUB)
    const paused = moved(started, [{ kind: 'pause', actor: 'o', reason: null }])
    const retried = moved(started, [failed()])
    const first = { feature_id: 'f', phase: 0, attempt: 1 }

    expect(dispatchOf(undefined, started.workflow)).toEqual(first)
    expect(dispatchOf(started.workflow, paused.workflow)).toBeUndefined()
    expect(dispatchOf(paused.workflow, moved(paused, [{ kind: 'resume', actor: 'o', reason: null }]).workflow)).toEqual(
      first,
    )
    expect(dispatchOf(started.workflow, retried.workflow)).toEqual({ ...first, attempt: 2 })
    expect(dispatchOf(started.workflow, moved(started, [complete()]).workflow)).toBeUndefined()
    expect(dispatchOf(undefined, aRun().workflow)).toBeUndefined()
  })
})

describe('a dispatch', () => {
  it('takes the phase to its expert and the answer back into the run', async () => {
    const { start, hub, dispatchNow, workflows } = await aWorld()
    await start('a', SDLC)
    hub.say({ result: { output: 'A plan.' }, confidence: 91, metadata: { model_used: 'm' } })

    expect(await dispatchNow('a')).toBe('answered')
    const view = await workflows.view('a')
    expect(view).toMatchObject({
      state: 'GATE_1',
      waiting_for: 'approval',
      gate: { requested_by: 'agent-hub/architecture' },
    })
    expect(view.phases[0]?.result).toEqual({ output: 'A plan.', confidence: 91, metadata: { model_used: 'm' } })
    expect(hub.invocations).toMatchObject([
      {
        agent: 'architecture',
        workflow_type: 'specify',
        key: 'workflow:a:1:1',
        context: { feature_id: 'a', description: 'Add a coupon field to the checkout.', team: 'shop' },
        parameters: { phase: 'Specification and planning', attempt: 1 },
      },
    ])
  })

  it('tells the next attempt why the last was not good enough, and the next phase what came of it', async () => {
    const { start, hub, dispatchNow, say, evidence } = await aWorld()
    await start('a', SDLC)
    hub.say({ result: { output: 'v1' } }, { result: { output: 'v2' } }, {})
    await dispatchNow('a')
    await say('a', 'reject', { actor: 'bob', evidence: await evidence('a'), reason: 'Say how it is taken back.' })
    await dispatchNow('a', 0, 2)
    await say('a', 'approve', { actor: 'bob', evidence: await evidence('a') })
    await dispatchNow('a', 1, 1)

    expect(hub.invocations[1]).toMatchObject({
      key: 'workflow:a:1:2',
      parameters: { rework_reason: 'Say how it is taken back.' },
    })
    expect(hub.invocations[2]?.context['previous_results']).toMatchObject([{ result: { output: 'v2' } }])
  })

  it('made twice, or by two at once, is one call and one event', async () => {
    const world = await aWorld()
    const other = await aWorld({ on: world.local })
    await world.start('a', SDLC)
    world.hub.meanwhile = async () => {
      expect(await other.dispatchNow('a')).toBe('held')
    }

    expect(await world.dispatchNow('a')).toBe('answered')
    expect(await world.dispatchNow('a')).toBe('obsolete')
    expect(other.hub.invocations).toHaveLength(0)
    expect((await world.found('a')).version).toBe(2)
  })

  it('is abandoned when its phase is finished by hand, and the next attempt starts at once with the reason', async () => {
    const { start, hub, dispatchNow, say, evidence, found } = await aWorld({ sleep: soon })
    await start('a', SDLC)
    const call = hanging(hub)
    const first = dispatchNow('a')
    const signal = await call.begun

    await say('a', 'phase_complete', { result: { kind: 'inline', text: 'By hand.' } })
    expect(await first).toBe('obsolete')
    expect(signal?.aborted).toBe(true)

    hub.meanwhile = undefined
    await say('a', 'reject', { actor: 'bob', evidence: await evidence('a'), reason: 'Too short.' })
    expect(await dispatchNow('a', 0, 2)).toBe('answered')
    expect(hub.invocations[1]).toMatchObject({ key: 'workflow:a:1:2', parameters: { rework_reason: 'Too short.' } })
    expect((await found('a')).state).toMatchObject({ kind: 'gate' })
  })

  it('is abandoned when its run is cancelled, but goes on while it is paused', async () => {
    const { start, hub, dispatchNow, say } = await aWorld({ sleep: soon })
    await start('a', SDLC)
    const call = hanging(hub)
    const pending = dispatchNow('a')
    const signal = await call.begun
    await say('a', 'pause', { actor: 'olga' })
    for (let looks = 0; looks < 5; looks++) await soon()
    expect(signal?.aborted).toBe(false)

    await say('a', 'resume', { actor: 'olga' })
    await say('a', 'cancel', { actor: 'olga', reason: 'No more.' })

    expect(await pending).toBe('obsolete')
    expect(signal?.aborted).toBe(true)
  })

  it('that the hub cannot take now waits, visibly, and goes on when its time comes', async () => {
    const { start, hub, clock, dispatchNow, workflows, check, found } = await aWorld()
    await start('a', SDLC)
    hub.say('away')
    expect(await dispatchNow('a')).toBe('waiting')
    expect(await workflows.view('a')).toMatchObject({
      state: 'PHASE_1',
      waiting_for: 'agent_hub',
      dispatch: { state: 'waiting', tries: 1, error: 'The agent hub does not answer.' },
    })
    expect(await dispatchNow('a')).toBe('early')
    expect((await check()).dispatched).toBe(0)

    for (let hour = 0; hour < 8; hour++) {
      clock.advance(minutes(10))
      await check()
    }
    expect((await found('a')).version).toBe(1)
    hub.say({})
    clock.advance(minutes(10))
    expect(await check()).toMatchObject({ dispatched: 1, failed: [] })
    expect(await workflows.view('a')).toMatchObject({ state: 'GATE_1' })
  })

  it('that fails, or is answered with nonsense, is retried with backoff and then fails the run', async () => {
    const { start, hub, clock, check, workflows, dispatchNow } = await aWorld()
    await start('a', SDLC)
    hub.say(
      { success: false, error: 'no luck' },
      { kind: 'unusable', message: 'gibberish' },
      { success: false, error: 'no luck at all' },
    )
    await dispatchNow('a')
    expect(await dispatchNow('a', 0, 2)).toBe('early')
    clock.advance(seconds(31))
    await check()
    clock.advance(seconds(61))
    await check()

    const view = await workflows.view('a')
    expect(view).toMatchObject({
      state: 'FAILED',
      phases: [{ state: 'failed', error: 'no luck at all', attempt: 3 }, {}],
    })
    expect(hub.invocations.map(({ key }) => key)).toEqual(['workflow:a:1:1', 'workflow:a:1:2', 'workflow:a:1:3'])
  })

  it('of an unsure expert waits for a human where no gate follows', async () => {
    const { start, hub, dispatchNow, workflows, say, evidence, check } = await aWorld()
    await start('a', SDLC)
    hub.say({ confidence: 50 })
    await dispatchNow('a')
    await say('a', 'approve', { actor: 'bob', evidence: await evidence('a') })

    expect(await dispatchNow('a', 1, 1)).toBe('pending_human')
    expect(await workflows.view('a')).toMatchObject({ state: 'PHASE_2', waiting_for: 'human' })
    expect((await check()).dispatched).toBe(0)
    expect(await say('a', 'phase_complete', { actor: 'bob' })).toMatchObject({ state: 'DONE' })
  })

  it('answered after the run was cancelled changes nothing; answered while paused is kept', async () => {
    const { start, hub, dispatchNow, workflows, say } = await aWorld()
    await start('gone', SDLC)
    hub.meanwhile = async () => void (await say('gone', 'cancel'))
    await dispatchNow('gone')
    await start('paused', SDLC)
    hub.meanwhile = async () => void (await say('paused', 'pause'))
    await dispatchNow('paused')

    expect(await workflows.view('gone')).toMatchObject({ state: 'CANCELLED', version: 2 })
    expect(await workflows.view('paused')).toMatchObject({ state: 'GATE_1', paused: true, waiting_for: 'resume' })
  })

  it('never asks for longer than its process has left', async () => {
    const { start, hub, workflows } = await aWorld()
    await start('a', SDLC)
    await workflows.dispatch({ feature_id: 'a', phase: 0, attempt: 1 }, { correlation_id: 'c', leftMs: 40_000 })
    expect(hub.invocations[0]?.deadlineMs).toBe(35_000)
  })

  it('lets errors of our own through, and goes on when its claim has run out', async () => {
    const { start, hub, dispatchNow, clock, check, found } = await aWorld()
    await start('a', SDLC)
    hub.say(new AppError('unavailable', 'The store is busy.'), {})
    await expect(dispatchNow('a')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await dispatchNow('a')).toBe('held')
    clock.advance(minutes(6))
    await check()
    expect(await found('a')).toMatchObject({ state: { kind: 'gate' } })
  })
})

describe('a process that dies', () => {
  it('after the answer was stored leaves no second call to pay for', async () => {
    const world = await aWorld()
    await world.start('a', SDLC)
    const save = world.dispatches.save
    Object.assign(world.dispatches, {
      save: async (record: Parameters<typeof save>[0]) => {
        const saved = await save(record)
        if (record.state === 'answered') throw new Error('killed')
        return saved
      },
    })
    await expect(world.dispatchNow('a')).rejects.toThrow('killed')
    expect(await world.found('a')).toMatchObject({ version: 1 })

    const next = await aWorld({ on: world.local })
    expect(await next.check()).toMatchObject({ dispatched: 1 })
    expect(next.hub.invocations).toHaveLength(0)
    expect(await next.found('a')).toMatchObject({ version: 2, state: { kind: 'gate' } })
  })

  it('before anything was stored leaves the attempt to the next check, by the same key', async () => {
    const world = await aWorld()
    await world.start('a', SDLC)
    const next = await aWorld({ on: world.local })
    expect(await next.check()).toMatchObject({ seen: 1, dispatched: 1 })
    expect(next.hub.invocations[0]?.key).toBe('workflow:a:1:1')
  })
})

import { describe, expect, it } from 'vitest'
import { hours, minutes } from '#lib/clock'
import { aWorld, withGate } from './helpers.ts'

describe('the scheduled check', () => {
  it('reminds of an overdue gate, then does what its policy says', async () => {
    const { start, say, clock, check, workflows } = await aWorld({
      definitions: [withGate({ on_expiry: 'fail' }, 'manual')],
    })
    await start('a')
    await say('a', 'phase_complete')
    expect(await check()).toMatchObject({ ran: true, reminded: 0, expired: 0 })

    clock.advance(hours(1))
    expect(await check()).toMatchObject({ reminded: 1 })
    expect((await workflows.view('a')).gate).toMatchObject({ overdue: true })
    expect(await check()).toMatchObject({ reminded: 0 })

    clock.advance(minutes(10))
    expect(await check()).toMatchObject({ expired: 1, failed: [] })
    expect(await workflows.view('a')).toMatchObject({
      state: 'FAILED',
      phases: [{ error: 'Nobody decided before the deadline.' }, {}],
    })
    expect(await check()).toMatchObject({ seen: 0 })
  })

  it('runs once, however many are started', async () => {
    const world = await aWorld()
    await world.start('a')
    const other = await aWorld({ on: world.local })
    const reports = await Promise.all([world.check(), other.check(), world.check()])
    expect(reports.filter(({ ran }) => ran).length).toBeGreaterThanOrEqual(1)
    const held = await world.table.get({ pk: 'LOCKS', sk: 'workflows-check' })
    expect(held).toMatchObject({ held_until: 0 })
  })

  it('goes on with the others when one run is in trouble', async () => {
    const world = await aWorld()
    for (const id of ['bad', 'good']) {
      await world.start(id)
      await world.say(id, 'phase_complete')
    }
    world.clock.advance(hours(1))
    const save = world.store.save
    Object.assign(world.store, {
      save: (after: Parameters<typeof save>[0], before: Parameters<typeof save>[1]) =>
        after.feature_id === 'bad' ? Promise.reject(new Error('bad luck')) : save(after, before),
    })
    expect(await world.check()).toMatchObject({ reminded: 1, failed: [{ feature_id: 'bad', code: 'internal' }] })
  })

  it('tidies what a crash left: a run that is over on the active shelf, a card without a run', async () => {
    const { start, store, say, check, clock, workflows, found } = await aWorld()
    await start('over')
    const active = await found('over')
    await say('over', 'cancel')
    await store.shelve(active)
    await store.shelve({ ...active, feature_id: 'never-written' })
    clock.advance(minutes(11))

    expect(await check()).toMatchObject({ tidied: 2 })
    expect((await store.cards('active', 10)).items).toEqual([])
    expect(await workflows.list({ limit: 10 })).toMatchObject({
      workflows: [{ feature_id: 'over', state: 'CANCELLED' }],
    })
  })

  it('leaves a paused gate alone', async () => {
    const { start, say, clock, check } = await aWorld()
    await start('a')
    await say('a', 'phase_complete')
    await say('a', 'pause')
    clock.advance(hours(100))
    expect(await check()).toMatchObject({ reminded: 0, expired: 0 })
  })
})

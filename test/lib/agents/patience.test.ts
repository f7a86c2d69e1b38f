import { describe, expect, it } from 'vitest'
import { createBreaker } from '#lib/agents/breaker'
import { seconds } from '#lib/clock'
import { aClock } from '#test/helpers/clock'
import { anEntry, aScene, type Scene, task } from './helpers.ts'

/** A call that is given up while the vendor hangs. */
async function impatient({ agents, call, llm, clock }: Scene, how: 'deadline' | 'cancelled' | 'call_time') {
  llm.fail({ hang: true })
  const before = llm.stats().calls
  const controller = new AbortController()
  const limit = how === 'call_time' ? ('call_time' as const) : ('caller' as const)
  const given = call({ signal: controller.signal, limit })
  const speaking = agents.of(anEntry()).propose(task, given)
  await expect.poll(() => llm.stats().calls).toBe(before + 1)
  if (how !== 'cancelled') clock.set(given.deadline)
  controller.abort()
  return speaking
}

describe('a caller that gives up', () => {
  it.each(['deadline', 'cancelled'] as const)('(%s) never closes the vendor for others, however often', async (how) => {
    const scene = await aScene()
    for (let n = 0; n < 8; n += 1) {
      expect(await impatient(scene, how)).toMatchObject({ kind: 'failed', spending: null })
    }
    expect(await scene.agents.of(anEntry()).propose(task, scene.call())).toMatchObject({ kind: 'spoken' })
  })

  it('does not hide an outage: failures of the vendor before and after it are counted in a row', async () => {
    const scene = await aScene()
    scene.llm.fail({ status: 500, times: 3 })
    await scene.agents.of(anEntry()).propose(task, scene.call())
    await impatient(scene, 'deadline')
    scene.llm.fail({ status: 500, times: 2 })
    await scene.agents.of(anEntry()).propose(task, scene.call())
    expect(await scene.agents.of(anEntry()).propose(task, scene.call())).toMatchObject({
      failure: { message: expect.stringContaining('left alone') },
    })
  })

  it('is told apart from a vendor that is silent for the whole time that a call is given', async () => {
    const scene = await aScene()
    for (let n = 0; n < 5; n += 1) await impatient(scene, 'call_time')
    expect(await scene.agents.of(anEntry()).propose(task, scene.call())).toMatchObject({
      failure: { kind: 'unavailable', message: expect.stringContaining('left alone') },
    })
  })
})

describe('the one call that tries after a rest', () => {
  it('leaves the try to the next one when its caller gives up', () => {
    const clock = aClock()
    const breaker = createBreaker(clock)
    for (let n = 0; n < 5; n += 1) breaker.failed()
    clock.advance(seconds(31))
    expect([breaker.open(), breaker.enter()]).toEqual([undefined, true])
    expect(breaker.open()).toBeDefined()
    breaker.abandoned(true)
    expect(breaker.open()).toBeUndefined()
  })

  it('is one, also when several come at the same moment', async () => {
    const { agents, call, llm, clock } = await aScene()
    const agent = agents.of(anEntry())
    llm.fail({ status: 500, times: Number.POSITIVE_INFINITY })
    for (let n = 0; n < 2; n += 1) await agent.propose(task, call())
    clock.advance(seconds(31))
    const before = llm.stats().calls
    await Promise.all([1, 2, 3].map(() => agent.propose(task, call())))
    expect(llm.stats().calls).toBe(before + 1)
  })
})

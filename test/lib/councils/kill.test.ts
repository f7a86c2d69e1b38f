/** Death at every await: a fresh process finishes the run, and nothing that was stored is paid for again. */
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { createCouncils } from '#lib/councils/councils'
import { entriesOf } from './support/agents.ts'
import { ASKING, anOrchestration, aRequest, aWorld, type World } from './support/world.ts'

class Killed extends Error {}

/** The world's parts, dying at a call of theirs; from then on nothing is reached any more. */
function mortal({ ports }: World, at: number, when: 'before' | 'after') {
  let calls = 0
  let isDead = false
  const live = async (run: () => unknown) => {
    if (isDead) throw new Killed()
    calls += 1
    isDead = calls === at
    if (isDead && when === 'before') throw new Killed()
    const answer = await run()
    if (isDead) throw new Killed()
    return answer
  }
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const method = Reflect.get(target, name)
        return typeof method === 'function'
          ? (...args: unknown[]) => live(() => Reflect.apply(method, target, args))
          : method
      },
    })
  const agents = { of: (entry: Parameters<typeof ports.agents.of>[0]) => wrap(ports.agents.of(entry)) }
  const councils = createCouncils({ ...ports, agents, store: wrap(ports.store), checks: wrap(ports.checks) })
  return { councils, calls: () => calls }
}

const ENTRIES = [...entriesOf('DEV', 3), ...entriesOf('ARCHITECT', 1)]

async function finish(world: World): Promise<void> {
  world.pass(minutes(2))
  const fresh = world.another()
  for (const id of await fresh.unfinished(10)) await fresh.resume(id, ASKING)
  expect(await fresh.unfinished(10)).toEqual([])
}

describe.each(['before', 'after'] as const)('a process that dies just %s any of its calls takes effect', (when) => {
  it('is finished by the next, without paying twice', async () => {
    const world = await aWorld({ entries: ENTRIES })
    let deaths = 0
    for (let at = 1; ; at++) {
      const before = world.stage.asked.length
      world.stage.billed.clear()
      const process = mortal(world, at, when)
      const first = await process.councils
        .orchestrate(anOrchestration({ task_id: `t-${when}-${at}` }), ASKING)
        .catch((e) => e)
      if (!(first instanceof Error) && process.calls() < at) break
      deaths += 1
      // What was answered but not stored yet: the calls of one wave at the most.
      const lost = world.stage.asked.length - before
      await finish(world)
      const asked = world.stage.asked.length - before
      expect(asked - world.stage.billed.size, `at ${at}`).toBeLessThanOrEqual(Math.min(lost, 3))
      const answer = await world.another().orchestrate(anOrchestration({ task_id: `t-${when}-${at}` }), ASKING)
      expect(answer.candidates.map(({ rank }) => rank)).toEqual([1, 2, 3])
      expect(answer.metadata.tags).toMatchObject({ calls: '10', tokens: '400' })
      expect(world.stage.billed.size).toBe(10)
      expect(await world.councils.recount(answer.execution_id)).toMatchObject({ agrees: true })
    }
    // As many as the run has calls of its table, its agents and its checks.
    expect(deaths).toBeGreaterThan(35)
    const { total_orchestrations, role_counts } = await world.councils.stats()
    expect({ total_orchestrations, role_counts }).toEqual({
      total_orchestrations: deaths + 1,
      role_counts: { DEV: deaths + 1 },
    })
    expect(await world.ports.store.spentOn('2026-01-05')).toMatchObject({ tokens: 400 * (deaths + 1) })
    const { deliberations } = await world.councils.list({ limit: 100 })
    expect(deliberations.filter(({ status }) => status === 'COMPLETED')).toHaveLength(Math.min(100, deaths + 1))
  })
})

describe('a wave whose process died', () => {
  it('asks again only those whose answers are not stored, by the same keys', async () => {
    const world = await aWorld()
    const { execution_id } = await world.councils.submitDeliberation(aRequest(), ASKING)
    let kept = 0
    const dying = {
      ...world.ports.store,
      keep: (id: string, output: Parameters<typeof world.ports.store.keep>[1]) => {
        kept += 1
        return kept === 2 ? Promise.reject(new Killed()) : world.ports.store.keep(id, output)
      },
    }
    await expect(world.another({ store: dying }).resume(execution_id, ASKING)).rejects.toThrow(Killed)
    world.pass(minutes(2))
    await world.another().resume(execution_id, ASKING)
    const proposals = world.stage.asked.filter(({ what }) => what === 'propose').map(({ key }) => key)
    expect(proposals).toHaveLength(4)
    expect(new Set(proposals).size).toBe(3)
    expect(world.stage.asked).toHaveLength(10)
  })
})

describe('two processes that resume at once', () => {
  it('do the work once: the other leaves it alone', async () => {
    const world = await aWorld()
    const { execution_id } = await world.councils.submitDeliberation(aRequest(), ASKING)
    expect(await world.councils.result(execution_id)).toMatchObject({ status: 'PENDING' })
    expect(await world.councils.unfinished(10)).toEqual([execution_id])

    const states = await Promise.all(Array.from({ length: 5 }, () => world.another().resume(execution_id, ASKING)))

    expect(states.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1)
    expect(world.stage.asked).toHaveLength(9)
    expect((await world.councils.stats()).total_deliberations).toBe(1)
  })

  it('after one was paused past its lease: the later holder finishes, the earlier changes nothing', async () => {
    const world = await aWorld()
    const { execution_id } = await world.councils.submitDeliberation(aRequest(), ASKING)
    let wake: () => void = () => undefined
    const paused = new Promise<void>((resolve) => {
      wake = resolve
    })
    let isAsleep = false
    const store = {
      ...world.ports.store,
      spentOn: async (day: string) => {
        isAsleep = true
        await paused
        return world.ports.store.spentOn(day)
      },
    }
    // Its timers do not run either, so that nothing renews its lease.
    const alarm = () => () => undefined
    const early = world.another({ store, alarm }).resume(execution_id, ASKING)
    while (!isAsleep) await new Promise((resolve) => setImmediate(resolve))
    world.pass(minutes(3))
    await world.another().resume(execution_id, ASKING)
    const decided = await world.councils.result(execution_id)
    wake()
    expect(await early).toEqual(decided)
    expect(world.stage.asked).toHaveLength(9)
    expect(await world.councils.result(execution_id)).toEqual(decided)
    expect((await world.councils.stats()).total_deliberations).toBe(1)
  })

  it('let go, not cancel, when they are told to stop: the next carries on at once', async () => {
    const world = await aWorld()
    const { execution_id } = await world.councils.submitDeliberation(aRequest(), ASKING)
    const stopping = new AbortController()
    world.stage.everybody({
      review: () => {
        stopping.abort()
        return new Promise<never>(() => undefined)
      },
    })
    const state = await world.councils.resume(execution_id, { ...ASKING, signal: stopping.signal })
    expect(state.status).toBe('IN_PROGRESS')
    world.stage.everybody({})
    expect(await world.another().resume(execution_id, ASKING)).toMatchObject({ status: 'COMPLETED' })
    expect(world.stage.asked.filter(({ what }) => what === 'propose')).toHaveLength(3)
  })
})

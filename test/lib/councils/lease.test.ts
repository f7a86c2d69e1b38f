/** The lease of a run: short, renewed while calls are under way, and taken over soon after its holder died. */
import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import type { Alarm } from '#lib/councils/ports'
import { meter } from '#lib/store/client'
import { ASKING, anOrchestration, aRequest, aWorld, until, type WorldOptions } from './support/world.ts'

const never = () => new Promise<never>(() => undefined)
const LONG = { options: { callMs: seconds(300) } }

/** The same store, each of its calls by way of `through`. */
function by<T extends object>(store: T, through: (name: string, call: () => Promise<unknown>) => Promise<unknown>): T {
  return new Proxy<T>(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => through(String(name), () => Reflect.apply(method, target, args))
    },
  })
}

/** A world whose time waits for its table: a second passes when nothing is being read or written. */
async function aCalmWorld(options: WorldOptions = {}) {
  const world = await aWorld(options)
  const seen = { renewals: 0, isAway: false }
  let open = 0
  const counted = async (call: () => Promise<unknown>) => {
    open += 1
    return call().finally(() => {
      open -= 1
    })
  }
  const registry = by(world.ports.registry, (_, call) => counted(call))
  const store = by(world.ports.store, async (name, call) => {
    if (name === 'renew') seen.renewals += 1
    if (name === 'renew' && seen.isAway) throw new Error('the table is away')
    return counted(call)
  })
  const rest = async () => {
    for (let calm = 0; calm < 5; calm = open === 0 ? calm + 1 : 0) await new Promise((go) => setImmediate(go))
  }
  return {
    ...world,
    seen,
    councils: world.another({ store, registry }),
    another: () => world.another({ store, registry }),
    async pass(ms: number) {
      await rest()
      for (let at = 0; at < ms; at += seconds(1)) {
        world.pass(seconds(1))
        await rest()
      }
    },
    /** A process that can be killed: from then on none of its timers rings, and nothing it reads or writes arrives. */
    mortal() {
      let isDead = false
      const alarm: Alarm = (ms, ring) => world.ports.alarm(ms, () => (isDead ? undefined : ring()))
      const own = by(store, (_, call) => (isDead ? never() : call()))
      const kill = () => {
        isDead = true
      }
      return { councils: world.another({ alarm, store: own, registry }), kill }
    },
  }
}

describe('the lease of a run', () => {
  it('is renewed while a long call is under way: nobody takes the run, at one write every six seconds', async () => {
    const world = await aCalmWorld(LONG)
    const { seen } = world
    const answer = Promise.withResolvers<string>()
    world.stage.script('agent-dev-002', { propose: () => answer.promise })
    const running = world.another().deliberate(aRequest(), ASKING)
    await until(() => world.stage.asked.length === 3)

    const units = meter(world.local.client)
    for (let at = 0; at < 20; at++) {
      await world.pass(seconds(6))
      expect(await world.councils.unfinished(10)).toEqual([])
    }

    expect(seen.renewals).toBeLessThanOrEqual(20)
    expect(units.totals().writes).toBeLessThanOrEqual(20)
    answer.resolve('late, but there')
    expect((await running).results).toHaveLength(3)
    expect(world.stage.asked).toHaveLength(9)
  })

  it('costs nothing in a run that is shorter', async () => {
    const world = await aCalmWorld()
    const { seen } = world
    await world.another().deliberate(aRequest(), ASKING)
    expect(seen.renewals).toBe(0)
    expect(world.waiting()).toBe(0)
  })
})

describe('a run whose process was killed in the middle of its calls', () => {
  const killedInReview = async () => {
    const world = await aCalmWorld(LONG)
    const first = world.mortal()
    world.stage.everybody({ review: never })
    void first.councils.orchestrate(anOrchestration(), ASKING).catch(() => undefined)
    await until(() => world.stage.asked.length === 6)
    await world.pass(seconds(60))
    first.kill()
    world.stage.everybody({})
    return world
  }

  it('is free for others within twenty seconds', async () => {
    const world = await killedInReview()
    await world.pass(seconds(20))
    const [id] = await world.councils.unfinished(10)

    expect(await world.another().resume(id!, ASKING)).toMatchObject({ status: 'COMPLETED' })

    const { lease } = (await world.ports.store.find(id!))!
    expect(lease.fence).toBe(2)
    expect(world.stage.asked.filter(({ what }) => what === 'propose')).toHaveLength(3)
    expect(world.stage.billed.size).toBe(9)
  })

  it('is carried on for the caller who repeats the same request, and nothing that is stored is paid again', async () => {
    const world = await killedInReview()
    const killedAt = world.clock.now()
    let isThere = false
    const repeated = world.another().orchestrate(anOrchestration(), ASKING)
    void repeated.then(() => (isThere = true))
    while (!isThere && world.clock.now() - killedAt < seconds(120)) await world.pass(seconds(1))

    expect(world.clock.now() - killedAt).toBeLessThanOrEqual(seconds(25))
    expect((await repeated).candidates).toHaveLength(3)
    expect(world.stage.asked.filter(({ what }) => what === 'propose')).toHaveLength(3)
    expect((await world.councils.list({ limit: 10 })).deliberations).toHaveLength(1)
  })
})

describe('a process that lost its lease', () => {
  it('gives its calls up at once and stores nothing: the other one finishes', async () => {
    const world = await aCalmWorld(LONG)
    const { execution_id } = await world.councils.submitDeliberation(aRequest(), ASKING)
    world.stage.everybody({ propose: never })
    const early = world.councils.resume(execution_id, ASKING)
    await until(() => world.stage.asked.length === 3 && world.waiting() === 2)
    const abandoned = world.stage.asked.map(({ call }) => call.signal)
    // It stands still, timers and all, until another has taken the run over.
    world.clock.advance(seconds(21))
    world.stage.everybody({})
    expect(await world.another().resume(execution_id, ASKING)).toMatchObject({ status: 'COMPLETED' })

    await world.pass(seconds(1))

    expect(await early).toMatchObject({ status: 'COMPLETED' })
    expect(abandoned.map(({ aborted }) => aborted)).toEqual([true, true, true])
    expect(world.stage.asked).toHaveLength(3 + 9)
  })

  it('because the table is away stops paying when the lease is over', async () => {
    const world = await aCalmWorld(LONG)
    const { seen } = world
    const { execution_id } = await world.councils.submitDeliberation(aRequest(), ASKING)
    world.stage.everybody({ propose: never })
    const early = world.another().resume(execution_id, ASKING)
    await until(() => world.stage.asked.length === 3 && world.waiting() === 2)
    seen.isAway = true

    await world.pass(seconds(18))
    expect(world.stage.asked.map(({ call }) => call.signal.aborted)).toEqual([false, false, false])
    await world.pass(seconds(7))

    expect(await early).toMatchObject({ status: 'IN_PROGRESS' })
    expect(world.stage.asked.map(({ call }) => call.signal.aborted)).toEqual([true, true, true])
    expect(world.warnings).toContain('the lease of a run could not be renewed')
    expect(await world.councils.unfinished(10)).toEqual([execution_id])
  })
})

describe('a run that cannot be read', () => {
  it('keeps no other from being carried on', async () => {
    const world = await aCalmWorld()
    const { execution_id: bad } = await world.councils.submitDeliberation(aRequest(), ASKING)
    const { execution_id: good } = await world.councils.submitDeliberation(aRequest(), ASKING)
    const key = { pk: `COUNCIL_RUN#${bad}`, sk: 'RUN' }
    await world.table.put({ ...(await world.table.get(key)), ...key, standing: { kind: 'hovering' } })

    expect(await world.councils.unfinished(10)).toEqual([good])
    expect(world.warnings).toEqual(['an unreadable run is left alone'])
  })
})

import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import { recentRegistry } from '#lib/councils/recent'
import type { Registry, StoredCouncil } from '#lib/councils/store-ports'
import { aClock } from '#test/helpers/clock'
import { entriesOf } from './support/agents.ts'
import { ASKING, anOrchestration, aRequest, aWorld } from './support/world.ts'

const aCouncil = (role: string): StoredCouncil => ({ role, agents: [], rounds: 1, deleted: false, version: 1 })

/** A registry that counts its reads. */
function counting(registry: Registry) {
  const seen = { reads: 0, isAway: false }
  const read = <T>(answer: () => Promise<T>): Promise<T> => {
    seen.reads += 1
    return seen.isAway ? Promise.reject(new Error('the table is away')) : answer()
  }
  const counted: Registry = {
    all: () => read(() => registry.all()),
    find: (role) => read(() => registry.find(role)),
    save: (council) => registry.save(council),
  }
  return { seen, registry: counted }
}

function stored(...councils: StoredCouncil[]): Registry {
  return {
    all: async () => [...councils],
    find: async (role) => councils.find((one) => one.role === role),
    async save(council) {
      councils.push(council)
      return true
    },
  }
}

describe('councils as they were a moment ago', () => {
  it('are read once a second, whoever asks for which', async () => {
    const clock = aClock()
    const { seen, registry } = counting(stored(aCouncil('DEV')))
    const recent = recentRegistry(registry, clock, seconds(1))

    await Promise.all([recent.find('dev'), recent.find('QA'), recent.all(), recent.find('DEV')])
    clock.advance(999)
    expect(await recent.find('Dev')).toMatchObject({ role: 'DEV' })
    expect(seen.reads).toBe(1)

    clock.advance(1)
    await recent.all()
    expect(seen.reads).toBe(2)
  })

  it('are read once a second, too, while the table is away', async () => {
    const clock = aClock()
    const { seen, registry } = counting(stored(aCouncil('DEV')))
    const recent = recentRegistry(registry, clock, seconds(1))
    seen.isAway = true

    for (let at = 0; at < 10; at++) await expect(recent.find('DEV')).rejects.toThrow('the table is away')
    expect(seen.reads).toBe(1)

    seen.isAway = false
    clock.advance(seconds(1))
    expect(await recent.find('DEV')).toMatchObject({ role: 'DEV' })
  })

  it('have the changes of this process at once', async () => {
    const recent = recentRegistry(stored(), aClock(), seconds(1))
    expect(await recent.find('QA')).toBeUndefined()
    await recent.save(aCouncil('QA'))
    expect(await recent.find('qa')).toMatchObject({ role: 'QA' })
  })
})

describe('a server that keeps councils for a second', () => {
  const options = { councilsFreshMs: seconds(1) }

  it('refuses roles without a council with one read a second', async () => {
    const world = await aWorld({ entries: entriesOf('DEV', 3) })
    const { seen, registry } = counting(world.ports.registry)
    const councils = world.another({ registry, options: { ...world.ports.options, ...options } })

    for (let at = 0; at < 20; at++) {
      await expect(councils.deliberate(aRequest({ role: 'NOBODY' }), ASKING)).rejects.toThrow('No agents configured')
      await expect(councils.orchestrate(anOrchestration({ role: 'NOBODY' }), ASKING)).rejects.toThrow('No agents')
    }

    expect(seen.reads).toBe(1)
  })

  it('knows what it made, changed and deleted itself at once', async () => {
    const world = await aWorld({ entries: [] })
    const councils = world.another({ options: { ...world.ports.options, ...options } })
    const config = {
      deliberation_rounds: 0,
      enable_peer_review: false,
      model_profile: '',
      custom_params: {},
      agent_type: '',
    }
    const listed = async () =>
      (await councils.listCouncils({ role_filter: '', include_agents: false })).map(({ num_agents }) => num_agents)
    const capabilities = { supported_tasks: [], model_profile: '', max_concurrent_tasks: 1, languages: [] }

    expect(await listed()).toEqual([])
    await councils.createCouncil({ role: 'QA', num_agents: 2, config })
    expect(await listed()).toEqual([2])
    await councils.registerAgent({ agent_id: 'ada', role: 'QA', capabilities, endpoint: '', metadata: {} })
    expect(await listed()).toEqual([3])
    expect((await councils.deliberate(aRequest({ role: 'QA' }), ASKING)).results).toHaveLength(3)
    await councils.deleteCouncil('QA')
    expect(await listed()).toEqual([])
  })

  it('bases its changes on the table, not on what it kept', async () => {
    const world = await aWorld({ entries: [] })
    const [one, two] = [1, 2].map(() => world.another({ options: { ...world.ports.options, ...options } }))
    const config = {
      deliberation_rounds: 0,
      enable_peer_review: false,
      model_profile: '',
      custom_params: {},
      agent_type: '',
    }
    await one!.listCouncils({ role_filter: '', include_agents: false })
    await two!.createCouncil({ role: 'QA', num_agents: 2, config })

    await expect(one!.createCouncil({ role: 'QA', num_agents: 1, config })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    })
    expect(await one!.deleteCouncil('QA')).toMatchObject({ agents_removed: 2 })
  })
})

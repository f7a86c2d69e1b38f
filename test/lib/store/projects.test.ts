import { describe, expect, it } from 'vitest'
import { decide } from '#lib/projects/engine'
import type { DecisionRecord, Intent } from '#lib/projects/model'
import { decisionId, NEW_STATE, NO_OUTCOME } from '#lib/projects/model'
import { createProjectStore } from '#lib/store/projects'
import { createProjectMemory } from '#lib/store/projects-memory'
import { decisionOf } from '#lib/store/projects-stream'
import { START } from '#test/helpers/clock'
import { aTable } from '#test/helpers/dynamodb'
import { anOrchestration, aStrategy } from '#test/helpers/projects/inputs'

const P = 'SHOP-001'

async function aStore() {
  const { table } = await aTable()
  return { table, store: createProjectStore(table), memory: createProjectMemory(table) }
}

function anIntent(over: Partial<Intent> = {}): Intent {
  const inputs = anOrchestration()
  const decision = decide(inputs)
  return {
    seq: 1,
    first_event_seq: 1,
    at: START,
    trigger: 'request',
    correlation_id: 'c',
    fence: 1,
    inputs,
    decision,
    ...over,
  }
}

function recordOf({ fence: _, ...intent }: Intent, over: Partial<DecisionRecord> = {}): DecisionRecord {
  const id = decisionId(P, intent.seq)
  return { ...intent, decision_id: id, project_id: P, finished_at: START, outcome: NO_OUTCOME, ...over }
}

describe('the intent of a decision', () => {
  it('can be opened once, and again by the same holder whose reply was lost', async () => {
    const { store } = await aStore()
    expect(await store.open(P, anIntent())).toBe(true)
    expect(await store.open(P, anIntent())).toBe(true)
    expect(await store.open(P, anIntent({ fence: 2 }))).toBe(false)
    expect((await store.load(P)).state.open).toEqual(anIntent())
  })

  it('is refused to a holder who was overtaken', async () => {
    const { store } = await aStore()
    await store.open(P, anIntent({ fence: 5 }))
    await store.drop(P, anIntent({ fence: 5 }))
    expect(await store.open(P, anIntent({ fence: 4 }))).toBe(false)
    expect(await store.open(P, anIntent({ fence: 5, seq: 2 }))).toBe(false)
    expect(await store.open(P, anIntent({ fence: 6 }))).toBe(true)
  })

  it('is taken over by a higher fence alone, and dropped by who opened it alone', async () => {
    const { store } = await aStore()
    await store.open(P, anIntent({ fence: 2 }))
    expect(await store.takeOver(P, anIntent({ fence: 2 }), 1)).toBe(false)
    expect(await store.takeOver(P, anIntent({ fence: 2 }), 3)).toBe(true)
    expect(await store.takeOver(P, anIntent({ fence: 2 }), 3)).toBe(true)
    await expect(store.drop(P, anIntent({ fence: 9 }))).resolves.toBeUndefined()
    expect((await store.load(P)).state.open).not.toBeNull()
  })
})

describe('the record of a decision', () => {
  it('is written with the state after it, once; a second one gets the first', async () => {
    const { store } = await aStore()
    await store.open(P, anIntent())
    const first = recordOf(anIntent())
    expect(await store.finish(first, { ...NEW_STATE, seq: 1, events: 3 }, 1)).toBe(first)
    const late = recordOf(anIntent(), { finished_at: START + 9 })
    expect(await store.finish(late, { ...NEW_STATE, seq: 1, events: 9 }, 1)).toEqual(first)
    expect((await store.load(P)).state).toMatchObject({ seq: 1, events: 3, open: null, fence: 1 })
  })

  it('is not for a holder out of whose hands it was taken', async () => {
    const { store } = await aStore()
    await store.open(P, anIntent({ fence: 1 }))
    await store.takeOver(P, anIntent({ fence: 1 }), 2)
    await store.drop(P, anIntent({ fence: 1 }))
    await store.open(P, anIntent({ fence: 2 }))

    const late = recordOf(anIntent({ fence: 1 }), { correlation_id: 'late' })
    expect(await store.finish(late, { ...NEW_STATE, seq: 1 }, 1)).toBeUndefined()

    expect(await store.decision(P, 1)).toBeUndefined()
    const own = recordOf(anIntent({ fence: 2 }))
    expect(await store.finish(own, { ...NEW_STATE, seq: 1 }, 2)).toBe(own)
  })

  it('comes out of the table as it went in, and out of the stream as well', async () => {
    const { store, table } = await aStore()
    const record = recordOf(anIntent())
    await store.open(P, anIntent())
    await store.finish(record, { ...NEW_STATE, seq: 1 }, 1)
    expect(await store.decision(P, 1)).toEqual(record)

    const { marshall } = await import('@aws-sdk/util-dynamodb')
    const item = await table.get({ pk: `DECISIONS#${P}`, sk: '000000000000001' })
    const image = marshall(item, { removeUndefinedValues: true }) as never
    expect(decisionOf({ eventName: 'INSERT', dynamodb: { NewImage: image } })).toEqual(record)
    expect(decisionOf({ eventName: 'MODIFY', dynamodb: { NewImage: image } })).toBeUndefined()
    expect(decisionOf({ eventName: 'INSERT', dynamodb: { NewImage: { kind: { S: 'job' } } } })).toBeUndefined()
  })

  it('is listed in the order of its number, newest first, ten after nine', async () => {
    const { store } = await aStore()
    for (let seq = 1; seq <= 11; seq++) {
      await store.open(P, anIntent({ seq }))
      await store.finish(recordOf(anIntent({ seq })), { ...NEW_STATE, seq }, 1)
    }
    expect((await store.decisions(P, 3)).items.map(({ seq }) => seq)).toEqual([11, 10, 9])
  })
})

describe('settings', () => {
  it('are changed by what is named and keep the rest', async () => {
    const { store } = await aStore()
    await store.saveSettings(P, { mode: 'warn', schedule: '0 8 * * *', schedule_at: START })
    await store.saveSettings(P, { paused: { until: START, reason: 'x' } })
    expect(await store.saveSettings(P, { schedule: null })).toMatchObject({
      mode: 'warn',
      schedule: null,
      paused: { reason: 'x' },
      heals_per_hour: 3,
    })
  })

  it('are read for many projects at once, by default where there are none', async () => {
    const { store } = await aStore()
    await store.saveSettings('P1', { mode: 'off' })
    const known = await store.loadMany(Array.from({ length: 120 }, (_, at) => `P${at}`))
    expect(known.size).toBe(120)
    expect([known.get('P1')?.settings.mode, known.get('P119')?.settings.mode]).toEqual(['off', 'enforce'])
    expect(known.get('P7')?.state).toEqual(NEW_STATE)
  })
})

describe('memory', () => {
  it('keeps the first beginning and the first outcome of a sprint', async () => {
    const { memory } = await aStore()
    const episode = {
      project_id: P,
      sprint_id: 'S1',
      decision_id: 'D1',
      at: START,
      team_size: 2,
      unassigned_tasks: 4,
      tasks: 3,
      weeks: 2,
      decision_source: 'rule_based_only',
      strategies: [],
      outcome: null,
      settled_at: null,
    }
    await memory.settle(P, 'S1', 0.1, START)
    expect(await memory.all()).toEqual([])
    await memory.begin(episode)
    await memory.begin({ ...episode, tasks: 9 })
    expect(await memory.ofProject(P)).toEqual([episode])
    await memory.settle(P, 'S1', 0.9, START)
    await memory.settle(P, 'S1', 0.2, START + 1)
    expect(await memory.all()).toEqual([{ ...episode, outcome: 0.9, settled_at: START }])
    expect(await memory.ofProject('SHOP')).toEqual([])
  })

  it('keeps the newest version of a strategy', async () => {
    const { memory } = await aStore()
    expect(await memory.saveStrategy(aStrategy())).toBe(true)
    expect(await memory.saveStrategy(aStrategy({ confidence: 0.1 }))).toBe(false)
    expect(await memory.saveStrategy(aStrategy({ version: 2, confidence: 0.8 }))).toBe(true)
    expect(await memory.strategies()).toEqual([aStrategy({ version: 2, confidence: 0.8 })])
  })
})

describe('the id of the installation', () => {
  it('is given once: whoever comes second hears the first', async () => {
    const { store } = await aStore()
    expect(await store.installation()).toBeUndefined()

    const given = await Promise.all(['blue', 'green', 'red'].map((id) => store.establish(id)))

    expect(new Set(given).size).toBe(1)
    expect(await store.installation()).toBe(given[0])
  })

  it('outlives the note of a sweep', async () => {
    const { store } = await aStore()
    await store.establish('blue')
    await store.noteSweep({ ok: true, detail: 'Swept.', at: START })
    await store.beginSweep(START)

    expect(await store.establish('green')).toBe('blue')
  })
})

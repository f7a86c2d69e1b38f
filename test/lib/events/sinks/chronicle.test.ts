import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { createChronicleSink, noteOf } from '#lib/events/sinks/chronicle'
import { createNoteMemory } from '#lib/store/notes'
import { createUpstream } from '#lib/upstream/upstream'
import { listing } from '#test/helpers/addresses'
import { aTable } from '#test/helpers/dynamodb'
import { aStandIn } from '#test/sandbox/upstream/helpers'
import { aDecision, anEvent, aParking } from './helpers.ts'

/** Chronicle's stand-in behind the real client, with parking on a real table. */
async function aScene() {
  const standIn = await aStandIn()
  const { table } = await aTable()
  const notes = createNoteMemory(table)
  const time = { now: () => 0 }
  const client = () =>
    createUpstream({
      ...{ ...standIn.urls, ...listing(standIn.url), notes, clock: time, sleep: async () => undefined },
      deadlineMs: 100,
    })
  const upstream = client()
  const sink = createChronicleSink({ write: (note) => upstream.noteDecision({ ...note }) })
  const scene = await aParking([sink], table)
  time.now = scene.clock.now
  const written = (project: string) =>
    standIn.store.notes('decision_audit', project).map(({ content }) => String(content['audit_id']))
  return { ...scene, standIn, written, sink }
}

describe('the Chronicle sink', () => {
  it('writes the note of a decision', async () => {
    const { parking, standIn } = await aScene()

    await parking.deliver(aDecision('P1', 1))

    expect(standIn.store.notes('decision_audit', 'P1').map(({ content }) => content)).toEqual([
      {
        audit_id: 'd-P1-1',
        project_id: 'P1',
        timestamp: '2026-01-05T08:00:00.000Z',
        correlation_id: 'c-1',
        sprint_id: 'P1-S01',
        base_decision: {
          decision_type: 'SELF_HEAL',
          tasks_to_assign: 0,
          sprint_duration_weeks: 0,
          reasoning: 'The CronJob was missing.',
        },
        intelligence_recommendations: [],
        applied_adjustments: {},
        final_decision: {
          decision_type: 'SELF_HEAL',
          decision_source: 'rule_based_only',
          create_new_sprint: false,
          tasks_to_assign: 0,
          sprint_duration_weeks: 0,
          reasoning: 'The CronJob was missing.',
          warnings: [],
          actions_taken: ['Created cronjob x'],
          cronjob_name: 'x',
        },
        combined_reasoning: 'The CronJob was missing.',
      },
    ])
  })

  it('prefers the note of the stored decision, while there is one', async () => {
    const written: unknown[] = []
    const recall = async (id: string) => {
      const note = noteOf(aDecision('P1', 1))
      return id === 'd-P1-1' && note ? { ...note, combined_reasoning: 'In full.' } : undefined
    }
    const write = async ({ combined_reasoning }: { combined_reasoning: string }) => written.push(combined_reasoning)
    const sink = createChronicleSink({ write, recall })

    for (const seq of [1, 2]) await sink.deliver(aDecision('P1', seq))

    expect(written).toEqual(['In full.', 'The CronJob was missing.'])
  })

  it('has nothing to do with other events', async () => {
    const { parking, standIn } = await aScene()

    await parking.deliver(anEvent('P1', 1))

    expect(standIn.stats().calls).toEqual({})
  })

  it.each([
    ['down', { down: true }],
    ['silent', { hang: true }],
    ['failing', { status: 500 }],
    ['speaking of something else', { text: '<html>' }],
    ['writing, but not saying so', { dropReply: true }],
  ])('writes each decision once and in order after Chronicle was %s', async (_, fault) => {
    const { parking, store, standIn, clock, run, written } = await aScene()
    standIn.fail('chronicle', { ...fault, match: { method: 'POST' }, times: 4 })

    for (const seq of [1, 2, 3]) await parking.deliver(aDecision('P1', seq))
    for (let at = 0; at < 10; at += 1) {
      clock.advance(minutes(6))
      await run()
    }

    expect(written('P1')).toEqual(['d-P1-1', 'd-P1-2', 'd-P1-3'])
    expect((await store.lines('chronicle')).lines).toEqual([])
  })

  it('writes a decision once that the stream tells again later', async () => {
    const { parking, written } = await aScene()

    for (const _ of [1, 2]) await parking.deliver(aDecision('P1', 1))

    expect(written('P1')).toEqual(['d-P1-1'])
  })

  it('sets a note aside that Chronicle refuses, instead of holding up the project', async () => {
    const { parking, standIn, clock, run, store, written } = await aScene()
    standIn.fail('chronicle', { status: 422, match: { method: 'POST' }, times: 5 })
    for (const seq of [1, 2]) await parking.deliver(aDecision('P1', seq))

    for (let at = 0; at < 4; at += 1) {
      clock.advance(minutes(6))
      await run()
    }

    expect(await store.dead('chronicle', 10)).toMatchObject([{ event: { seq: 1 } }])
    expect(written('P1')).toEqual(['d-P1-2'])
  })

  it('refuses a decision that cannot be read', () => {
    expect(() => noteOf(anEvent('P1', 1, { event_type: 'ORCHESTRATION_DECISION' }))).toThrow('documented shape')
  })
})

describe('the memory of notes', () => {
  it('tells what became of a note', async () => {
    const { table } = await aTable()
    const memory = createNoteMemory(table)

    expect(await memory.begin('a1', 10)).toEqual({ kind: 'fresh' })
    expect(await memory.begin('a1', 20)).toEqual({ kind: 'begun', at: 10 })
    await memory.again('a1', 30)
    expect(await memory.begin('a1', 40)).toEqual({ kind: 'begun', at: 30 })
    await memory.forget('a1')
    expect(await memory.begin('a1', 50)).toEqual({ kind: 'fresh' })
    await memory.written('a1', 'n1', 60)
    await memory.forget('a1')
    expect(await memory.begin('a1', 70)).toEqual({ kind: 'written', note_id: 'n1' })
  })
})

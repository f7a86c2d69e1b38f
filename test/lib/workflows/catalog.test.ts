import { describe, expect, it } from 'vitest'
import { createDefinitions, readDefinitions } from '#lib/workflows/catalog'
import type { readDefinition } from '#lib/workflows/definition'
import { workflowEnvelope, workflowEventOf } from '#lib/workflows/events'
import { START } from '#test/helpers/clock'
import { aRun, complete, MANUAL, moved } from './helpers.ts'

const store = { keep: async (it: ReturnType<typeof readDefinition>) => it, find: async () => undefined }

describe('definitions', () => {
  it('are built in: sdlc and the four types of the newer contract', async () => {
    const definitions = createDefinitions(store)
    for (const name of ['sdlc', 'specify', 'plan', 'tasks', 'implement'])
      expect(await definitions.forNewRun(name)).toMatchObject({ name, version: 1 })
    const sdlc = await definitions.forNewRun('sdlc')
    expect(sdlc.phases.map(({ dispatch, gate }) => [dispatch, gate !== undefined])).toEqual([
      ['hub', true],
      ['hub', false],
    ])
    const specify = await definitions.forNewRun('specify')
    expect(specify.phases.every(({ dispatch, gate }) => dispatch === 'manual' && gate !== undefined)).toBe(true)
  })

  it('come from a file as one or several, the newest version first', async () => {
    const two = [MANUAL, { ...MANUAL, version: 7 }]
    const definitions = createDefinitions(store, readDefinitions(JSON.stringify(two)))
    expect(await definitions.forNewRun('manual')).toMatchObject({ version: 7 })
    expect(await definitions.forNewRun('manual', 1)).toMatchObject({ version: 1 })
    expect(readDefinitions(JSON.stringify(MANUAL))).toHaveLength(1)
  })

  it.each([
    ['not JSON', 'hello'],
    ['the same twice', JSON.stringify([MANUAL, MANUAL])],
    ['no phases', JSON.stringify({ ...MANUAL, phases: [] })],
    ['an unknown agent', JSON.stringify({ ...MANUAL, phases: [{ name: 'x', agent: 'wizard' }] })],
    ['a version that is no number', '{"name":"x","version":null,"phases":[{"name":"x"}]}'],
    [
      'a quorum nobody can reach',
      JSON.stringify({ ...MANUAL, phases: [{ name: 'x', gate: { name: 'g', approvers: ['a', 'a'], quorum: 2 } }] }),
    ],
    ['too many phases', JSON.stringify({ ...MANUAL, phases: Array.from({ length: 13 }, () => ({ name: 'x' })) })],
  ])('are refused with a reason: %s', (_, text) => {
    expect(() => readDefinitions(text)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})

describe('the event of a transition', () => {
  it('is one per transition, of a fixed id, and carries no text of anybody', () => {
    const started = aRun()
    const gate = moved(started, [complete()])
    const rejected = moved(gate, [{ kind: 'reject', actor: 'bob', reason: { kind: 'inline', text: 'a secret' } }])
    const over = moved(rejected, [{ kind: 'cancel', actor: 'olga', reason: null }])
    const all = [undefined, started, gate, rejected, over]
    const events = all.slice(1).map((run, at) => workflowEventOf({ before: all[at]?.workflow, after: run!.workflow }))

    expect(events.map((event) => [event?.event_id, event?.event_type])).toEqual([
      ['workflow:f:1', 'WORKFLOW_STARTED'],
      ['workflow:f:2', 'WORKFLOW_GATE_OPENED'],
      ['workflow:f:3', 'WORKFLOW_GATE_DECIDED'],
      ['workflow:f:4', 'WORKFLOW_CANCELLED'],
    ])
    for (const event of events) expect(workflowEnvelope.parse(event)).toEqual(event)
    expect(JSON.stringify(events)).not.toContain('secret')
    expect(workflowEventOf({ before: gate.workflow, after: gate.workflow })).toBeUndefined()
  })

  it('tells of overdue gates and of ends', () => {
    const gate = moved(aRun(), [complete()])
    const overdue = moved(gate, [{ kind: 'remind', actor: 'coxswain' }], START + 3_600_000)
    expect(workflowEventOf({ before: gate.workflow, after: overdue.workflow })?.event_type).toBe(
      'WORKFLOW_GATE_OVERDUE',
    )
    const built = moved(aRun({ ...MANUAL, phases: [{ name: 'only', dispatch: 'manual' }] }), [complete()])
    expect(workflowEventOf({ before: aRun().workflow, after: built.workflow })?.event_type).toBe('WORKFLOW_DONE')
  })
})

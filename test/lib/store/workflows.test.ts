import type { DynamoDBRecord } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workflowChangeOf } from '#lib/store/workflow-stream'
import { decodeWorkflow, encodeWorkflow } from '#lib/store/workflows-codec'
import { createWorkflowCounts } from '#lib/store/workflows-counts'
import { dispatchOf } from '#lib/workflows/dispatch-of'
import { workflowEventOf } from '#lib/workflows/events'
import type { Note, PhaseRecord, State, Workflow } from '#lib/workflows/model'
import { aTable, type LocalTable } from '#test/helpers/dynamodb'
import { aStream } from '#test/helpers/journey'
import { aRun, aWorld } from '#test/lib/workflows/helpers'

const instant = fc.nat()
const text = fc.string({ maxLength: 20 })
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })
const note: fc.Arbitrary<Note> = fc.oneof(
  text.map((it): Note => ({ kind: 'inline', text: it })),
  text.map((it): Note => ({ kind: 'apart', digest: it })),
)
const phase: fc.Arbitrary<PhaseRecord> = fc.record({
  attempt: fc.nat(99),
  failures: fc.nat(9),
  rework: fc.nat(9),
  started_at: orNull(instant),
  finished_at: orNull(instant),
  result: orNull(text),
  by: orNull(text),
  error: orNull(note),
  reason: orNull(note),
})
const state: fc.Arbitrary<State> = fc.oneof(
  fc.constantFrom<State>({ kind: 'idle' }, { kind: 'done' }, { kind: 'cancelled' }, { kind: 'failed', phase: 1 }),
  fc.record({ kind: fc.constant('phase' as const), phase: fc.nat(11), hub: fc.boolean(), not_before: instant }),
  fc.record({
    kind: fc.constant('gate' as const),
    phase: fc.nat(11),
    opened_at: instant,
    deadline_at: instant,
    expires_at: orNull(instant),
    remind_at: instant,
    approvals: fc.array(text, { maxLength: 3 }),
  }),
)

/** The stream of a table so far, as Lambda hands it over. */
async function recordsOf(local: LocalTable): Promise<readonly DynamoDBRecord[]> {
  const read = await aStream(local)
  const records: DynamoDBRecord[] = []
  for (let page = await read(); page.length > 0; page = await read()) records.push(...page)
  return records
}

describe('a run as an item', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(
        state,
        fc.array(phase, { minLength: 1, maxLength: 4 }),
        orNull(note),
        fc.boolean(),
        (kind, phases, reason, paused) => {
          const { workflow } = aRun()
          const full: Workflow = {
            ...workflow,
            state: kind,
            phases,
            paused: paused ? { at: 5, by: 'olga' } : null,
            last: { ...workflow.last, reason, evidence: 'e', result: null },
          }
          const item = JSON.parse(JSON.stringify(encodeWorkflow(full, { pk: 'p', sk: 's' })))
          expect(decodeWorkflow(item)).toEqual(full)
        },
      ),
    )
  })

  it('of a kind from the future is refused, not misread', () => {
    const item = encodeWorkflow(aRun().workflow, { pk: 'p', sk: 's' })
    expect(() => decodeWorkflow({ ...item, state: { kind: 'hovering' } })).toThrow()
    expect(() => decodeWorkflow({ ...item, kind: 'workflow2' })).toThrow()
  })

  it('that cannot be read is left alone by lists', async () => {
    const { table, store, start, warnings } = await aWorld()
    await start('a')
    const item = await table.get({ pk: 'WORKFLOW#a', sk: 'RUN' })
    await table.put({ ...item, pk: 'WORKFLOW#b', sk: 'RUN', state: { kind: 'hovering' } })
    expect(await store.findMany(['a', 'b'])).toMatchObject([{ feature_id: 'a' }])
    expect(warnings).toEqual(['RUN'])
  })
})

describe('the stream', () => {
  it('tells every transition once and in order: its event, what to dispatch, and the counts', async () => {
    const world = await aWorld()
    await world.start('a', { definition: 'sdlc' })
    await world.say('a', 'phase_complete', { actor: 'ada' })
    await world.say('a', 'approve', { actor: 'bob', evidence: await world.evidence('a') })
    await world.say('a', 'cancel')
    await world.start('b')

    const records = await recordsOf(world.local)
    const changes = records.flatMap((record) => workflowChangeOf(record) ?? [])
    expect(changes.map((change) => workflowEventOf(change)?.event_id)).toEqual([
      'workflow:a:1',
      'workflow:a:2',
      'workflow:a:3',
      'workflow:a:4',
      'workflow:b:1',
    ])
    expect(changes.map(({ before, after }) => dispatchOf(before, after)?.phase)).toEqual([
      0,
      undefined,
      1,
      undefined,
      undefined,
    ])

    const batch = records.map((record) => ({ id: record.eventID ?? '', change: workflowChangeOf(record) }))
    await world.counter.add(batch.slice(0, 5), 0)
    await world.counter.add(batch, 0)
    await world.counter.add(batch, 0)
    const { counts } = await world.workflows.list({ limit: 1 })
    expect(Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0))).toEqual({ CANCELLED: 1, PHASE_1: 1 })
  })

  it('of other items is none of our business', async () => {
    const { table } = await aTable()
    expect(await createWorkflowCounts(table).read()).toEqual({})
    expect(workflowChangeOf({ dynamodb: { Keys: { pk: { S: 'JOBS#x' }, sk: { S: 'RUN' } } } })).toBeUndefined()
    expect(workflowChangeOf({ dynamodb: { Keys: { pk: { S: 'WORKFLOW#x' }, sk: { S: 'H#1' } } } })).toBeUndefined()
    expect(
      workflowChangeOf({ eventName: 'REMOVE', dynamodb: { Keys: { pk: { S: 'WORKFLOW#x' }, sk: { S: 'RUN' } } } }),
    ).toBeUndefined()
    expect(workflowChangeOf({})).toBeUndefined()
  })
})

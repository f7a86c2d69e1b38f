import { describe, expect, it } from 'vitest'
import { hours, minutes, seconds } from '#lib/clock'
import type { Run, WorkflowEvent } from '#lib/workflows/model'
import { allowedEvents, evidenceAt, stateName } from '#lib/workflows/standing'
import { transition } from '#lib/workflows/transition'
import { START } from '#test/helpers/clock'
import { aRun, complete, failed, MANUAL, moved, withGate } from './helpers.ts'

const named = ({ workflow }: Run) => stateName(workflow.state)
const approve = (run: Run, actor = 'bob'): WorkflowEvent => ({
  kind: 'approve',
  actor,
  evidence: evidenceAt(run.workflow, 0),
})
const reject = (actor = 'bob'): WorkflowEvent => ({
  kind: 'reject',
  actor,
  reason: { kind: 'inline', text: 'too vague' },
})
const atGate = (input = MANUAL) => moved(aRun(input), [complete()])
const plain = (kind: 'pause' | 'resume' | 'cancel' | 'retry'): WorkflowEvent => ({ kind, actor: 'olga', reason: null })

describe('a run', () => {
  it('goes from IDLE through phases and gates to DONE, one version at a time', () => {
    const started = aRun()
    const gate = moved(started, [complete()])
    const built = moved(gate, [approve(gate)])
    const done = moved(built, [complete('eve', 'r2')])

    expect([started, gate, built, done].map(named)).toEqual(['PHASE_1', 'GATE_1', 'PHASE_2', 'DONE'])
    expect([started, gate, built, done].map(({ workflow }) => workflow.version)).toEqual([1, 2, 3, 4])
    expect(started.workflow.last).toMatchObject({ seq: 1, from: 'IDLE', to: 'PHASE_1', event: 'start', actor: 'olga' })
    expect(done.workflow).toMatchObject({ completed_at: START, last: { from: 'PHASE_2', to: 'DONE', result: 'r2' } })
  })

  it('is done again after a rejection, told why, and fails when that was once too often', () => {
    let run = atGate()
    for (const attempt of [2, 3]) {
      run = moved(run, [reject()])
      expect(run.workflow.phases[0]).toMatchObject({ attempt, result: null, reason: { text: 'too vague' } })
      run = moved(run, [complete()])
    }
    expect(named(moved(run, [reject()]))).toBe('FAILED')
  })

  it('retries a failed phase with backoff up to its policy, then fails, and retry reopens it', () => {
    const once = moved(aRun(), [failed()])
    expect(once.workflow).toMatchObject({
      state: { kind: 'phase', not_before: START + seconds(10) },
      phases: [{ attempt: 2 }, {}],
    })

    const lost = moved(once, [failed('broken again')])
    expect(lost.workflow).toMatchObject({ state: { kind: 'failed', phase: 0 }, completed_at: START })
    expect(allowedEvents(lost.workflow)).toEqual(['retry'])

    const again = moved(lost, [plain('retry')])
    expect(again.workflow).toMatchObject({
      state: { kind: 'phase' },
      completed_at: null,
      phases: [{ attempt: 3, failures: 0, reason: { text: 'broken again' } }, {}],
    })
  })

  it('can be cancelled wherever it is not over, and then nothing happens any more', () => {
    for (const run of [aRun(), atGate(), moved(aRun(), [plain('pause')])]) {
      const over = moved(run, [plain('cancel')])
      expect(named(over)).toBe('CANCELLED')
      for (const event of [complete(), failed(), approve(over), reject(), plain('retry'), plain('cancel')])
        expect(transition(over, event, START)).toMatchObject({ kind: 'refused', code: 'conflict' })
    }
  })

  it('never goes back in time, whatever the clock says', () => {
    const gate = moved(aRun(), [complete()], START + hours(1))
    const back = moved(gate, [approve(gate)], START - hours(5))
    expect(back.workflow.updated_at).toBe(START + hours(1))
  })
})

describe('a gate', () => {
  it('takes no approval before it opens', () => {
    expect(transition(aRun(), approve(aRun()), START)).toMatchObject({ kind: 'refused', code: 'conflict' })
  })

  it('is not opened by who did the phase, unless its definition says so', () => {
    const run = atGate()
    expect(transition(run, approve(run, 'ada'), START)).toMatchObject({ kind: 'refused', code: 'forbidden' })
    const lax = atGate(withGate({ four_eyes: false }))
    expect(named(moved(lax, [approve(lax, 'ada')]))).toBe('PHASE_2')
  })

  it('is opened by its approvers alone, and by as many as it asks for, each once', () => {
    const run = atGate(withGate({ approvers: ['bob', 'eve', 'ida'], quorum: 2 }))
    expect(transition(run, approve(run, 'mallory'), START)).toMatchObject({ code: 'forbidden' })
    const one = moved(run, [approve(run, 'bob')])
    expect(named(one)).toBe('GATE_1')
    expect(transition(one, approve(run, 'bob'), START)).toEqual({ kind: 'repeat' })
    expect(named(moved(one, [approve(run, 'eve')]))).toBe('PHASE_2')
  })

  it('refuses an approval of older evidence, even of the same words', () => {
    const first = atGate()
    const second = moved(first, [reject(), complete()])
    expect(second.workflow.phases[0]?.result).toBe(first.workflow.phases[0]?.result)
    expect(transition(second, approve(first), START)).toMatchObject({ kind: 'refused', code: 'conflict' })
  })

  it('forgets approvals with the evidence they were for', () => {
    const run = atGate(withGate({ quorum: 2 }))
    const again = moved(run, [approve(run), reject('eve'), complete()])
    expect(again.workflow.state).toMatchObject({ approvals: [] })
  })

  it.each([
    ['reject', 'PHASE_1'],
    ['approve', 'PHASE_2'],
    ['fail', 'FAILED'],
  ] as const)('that expires does what its policy says: %s', (on_expiry, state) => {
    const run = atGate(withGate({ on_expiry }))
    const expire: WorkflowEvent = { kind: 'expire', actor: 'coxswain' }
    const late = START + hours(1) + minutes(10)
    expect(transition(run, expire, late - 1)).toEqual({ kind: 'repeat' })
    expect(transition(run, approve(run), late)).toMatchObject({ kind: 'refused', code: 'gone' })
    expect(named(moved(run, [expire], late))).toBe(state)
  })

  it('that only reminds stays open, and reminds again', () => {
    const remind: WorkflowEvent = { kind: 'remind', actor: 'coxswain' }
    const overdue = moved(atGate(), [remind], START + hours(1))
    expect(named(overdue)).toBe('GATE_1')
    expect(transition(overdue, remind, START + hours(1) + minutes(9))).toEqual({ kind: 'repeat' })
    expect(named(moved(overdue, [approve(overdue)], START + hours(9)))).toBe('PHASE_2')
  })
})

describe('a pause', () => {
  it('stops decisions and the gate’s deadline, and lets an agent at work finish', () => {
    const paused = moved(atGate(), [plain('pause')])
    expect(transition(paused, approve(paused), START)).toMatchObject({ code: 'conflict' })
    expect(transition(paused, { kind: 'remind', actor: 'x' }, START + hours(9))).toEqual({ kind: 'repeat' })
    const resumed = moved(paused, [plain('resume')], START + hours(2))
    expect(resumed.workflow.state).toMatchObject({ deadline_at: START + hours(3), remind_at: START + hours(3) })

    const working = moved(aRun(), [plain('pause'), complete()])
    expect(named(working)).toBe('GATE_1')
    expect(working.workflow.paused).not.toBeNull()
  })
})

describe('an agent', () => {
  const of = { phase: 0, attempt: 1 }

  it('that answers twice, or after its attempt is over, is heard once', () => {
    const answered = moved(aRun(), [{ ...complete(), of } as WorkflowEvent])
    const reworked = moved(answered, [reject()])
    for (const run of [answered, reworked, moved(reworked, [plain('cancel')])])
      expect(transition(run, { ...complete('ada', 'other'), of } as WorkflowEvent, START)).toEqual({ kind: 'repeat' })
    expect(transition(reworked, { ...failed(), of } as WorkflowEvent, START)).toEqual({ kind: 'repeat' })
  })

  it('that names no attempt and says the same again is heard once', () => {
    const answered = moved(aRun(), [complete()])
    expect(transition(answered, complete(), START)).toEqual({ kind: 'repeat' })
    expect(transition(answered, complete('ada', 'other'), START)).toMatchObject({ code: 'conflict' })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hours, minutes } from '#lib/clock'
import { AppError } from '#lib/errors'
import { stateName } from '#lib/workflows/standing'
import { aTable } from '#test/helpers/dynamodb'
import { aWorld, MANUAL, withGate } from './helpers.ts'

type World = Awaited<ReturnType<typeof aWorld>>

/** What must hold of the run: a state, a gate's evidence, and how many transitions there were. */
interface Model {
  state: string
  paused: boolean
  version: number
  attempt: number
  failures: number
  rework: number
  /** Evidence of gates that are past. */
  old: string[]
}

interface Real {
  world: World
  id: string
  updates: string[]
}

const HUB = withGate({}, 'hub')
const [DRAFT, BUILD] = HUB.phases
const DEFINITION = {
  ...HUB,
  phases: [
    { ...DRAFT!, dispatch: 'hub' as const, retry: { attempts: 2, backoff_seconds: 10 } },
    { ...BUILD!, dispatch: 'hub' as const, retry: { attempts: 1 } },
  ],
}

type Outcome = 'moved' | 'repeat' | AppError['code']

/** Does something to the run; tells whether it moved, and checks that a refusal changed nothing. */
async function act(real: Real, model: Model, what: () => Promise<unknown>): Promise<Outcome> {
  let outcome: Outcome
  try {
    await what()
    const { version } = await real.world.found(real.id)
    outcome = version === model.version ? 'repeat' : 'moved'
    expect(version - model.version).toBeLessThanOrEqual(1)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    outcome = error.code
    expect((await real.world.found(real.id)).version).toBe(model.version)
  }
  if (outcome === 'moved') model.version += 1
  return outcome
}

/** After every step: the stored run agrees with the model, and its time has not gone back. */
async function agree(real: Real, model: Model): Promise<void> {
  const workflow = await real.world.found(real.id)
  expect([stateName(workflow.state), workflow.paused !== null]).toEqual([model.state, model.paused])
  expect(workflow.version).toBe(model.version)
  expect(workflow.last.seq).toBe(model.version)
  const now = String(workflow.updated_at)
  expect(now >= (real.updates.at(-1) ?? '0')).toBe(true)
  real.updates.push(now)
}

type Step = fc.AsyncCommand<Model, Real>

function step(name: string, run: (model: Model, real: Real) => Promise<void>): Step {
  return {
    check: () => true,
    toString: () => name,
    async run(model, real) {
      await run(model, real)
      await agree(real, model)
    },
  }
}

const inPhase = (model: Model) => model.state.startsWith('PHASE')
const isOver = (model: Model) => ['DONE', 'FAILED', 'CANCELLED'].includes(model.state)

function completed(model: Model): void {
  model.state = model.state === 'PHASE_1' ? 'GATE_1' : 'DONE'
  if (model.state === 'DONE') model.paused = false
}

function lost(model: Model): void {
  model.failures += 1
  const budget = model.state === 'PHASE_1' ? 2 : 1
  if (model.failures < budget) model.attempt += 1
  else [model.state, model.paused] = ['FAILED', false]
}

function enter(model: Model, state: string, attempt: number): void {
  Object.assign(model, { state, attempt, failures: 0 })
}

/** The hub does what is wanted, or dies on the way: before, while, or after it was asked. */
const dispatch = (reply: 'good' | 'bad' | 'away', death: 'none' | 'before' | 'after') =>
  step(`dispatch ${reply}, death ${death}`, async (model, real) => {
    if (death === 'before') return
    const { world, id } = real
    world.hub.say(reply === 'away' ? 'away' : { success: reply === 'good', error: 'x' })
    const phase = Number(model.state.at(-1)) - 1
    const key = { feature_id: id, phase: inPhase(model) ? phase : 0, attempt: inPhase(model) ? model.attempt : 1 }
    const save = world.dispatches.save
    if (death === 'after') {
      Object.assign(world.dispatches, {
        save: async (record: Parameters<typeof save>[0]) => {
          const saved = await save(record)
          if (record.state === 'answered') throw new AppError('internal', 'killed')
          return saved
        },
      })
    }
    const outcome = await act(real, model, () =>
      world.workflows.dispatch(key, { correlation_id: 'c', leftMs: 300_000 }),
    )
    Object.assign(world.dispatches, { save })
    if (outcome !== 'moved') return
    // What was decided by an earlier, killed call counts as well; the run itself tells which.
    if ((await world.found(id)).last.event === 'phase_complete') completed(model)
    else lost(model)
  })

const complete = (twice: boolean) =>
  step(`complete${twice ? ' twice' : ''}`, async (model, real) => {
    const say = () => real.world.say(real.id, 'phase_complete', { result: { v: model.version } })
    const legal = inPhase(model)
    const outcome = await act(real, model, say)
    expect(outcome === 'moved').toBe(legal)
    if (legal) completed(model)
  })

const fail = step('phase_failed', async (model, real) => {
  const legal = inPhase(model)
  const outcome = await act(real, model, () => real.world.say(real.id, 'phase_failed', { reason: 'x'.repeat(500) }))
  expect(outcome === 'moved').toBe(legal)
  if (legal) lost(model)
})

const approve = (evidence: 'right' | 'old' | 'none', actor: string) =>
  step(`approve ${evidence} by ${actor}`, async (model, real) => {
    const { gate, phases } = await real.world.workflows.view(real.id)
    const right = gate?.evidence_hash ?? '0'.repeat(64)
    const hash = { right, old: model.old[0] ?? '1'.repeat(64), none: '2'.repeat(64) }[evidence]
    const legal = gate !== undefined && !model.paused && hash === right && actor !== phases[0]?.by
    const outcome = await act(real, model, () => real.world.say(real.id, 'approve', { actor, evidence: hash }))
    expect([outcome === 'moved', evidence]).toEqual([legal, evidence])
    if (!legal) return
    model.old.push(hash)
    enter(model, 'PHASE_2', 1)
  })

const reject = step('reject', async (model, real) => {
  const { gate, phases } = await real.world.workflows.view(real.id)
  const legal = gate !== undefined && !model.paused
  const outcome = await act(real, model, () => real.world.say(real.id, 'reject', { actor: 'eve', reason: 'no' }))
  expect(outcome === 'moved').toBe(legal)
  if (!legal) return
  model.old.push(gate.evidence_hash)
  model.rework += 1
  if (model.rework > (MANUAL.max_rework ?? 0)) model.state = 'FAILED'
  else enter(model, 'PHASE_1', (phases[0]?.attempt ?? 0) + 1)
})

const control = (event: 'pause' | 'resume' | 'cancel' | 'retry') =>
  step(event, async (model, real) => {
    const legal = {
      pause: !isOver(model) && !model.paused,
      resume: !isOver(model) && model.paused,
      cancel: !isOver(model),
      retry: model.state === 'FAILED',
    }[event]
    const before = await real.world.found(real.id)
    const outcome = await act(real, model, () => real.world.say(real.id, event, { actor: 'olga', reason: 'because' }))
    expect(outcome === 'moved').toBe(legal)
    if (!legal) return
    if (event === 'cancel') [model.state, model.paused] = ['CANCELLED', false]
    if (event === 'pause' || event === 'resume') model.paused = event === 'pause'
    if (event !== 'retry' || before.state.kind !== 'failed') return
    const { phase } = before.state
    enter(model, `PHASE_${phase + 1}`, (before.phases[phase]?.attempt ?? 0) + 1)
    if (phase === 0) model.rework = 0
  })

const jump = (ms: number) =>
  step(`clock ${ms}`, async (_model, real) => {
    real.world.clock.advance(ms)
  })

/** A second process takes over, with a newer definition of the same name. */
const upgrade = step('upgrade', async (_model, real) => {
  const { clock, local } = real.world
  const version = 2 + real.updates.length
  real.world = await aWorld({ on: local, definitions: [{ ...MANUAL, name: 'hub', version }] })
  real.world.clock.set(clock.now())
})

const steps: fc.Arbitrary<Step>[] = [
  fc
    .tuple(fc.constantFrom('good', 'good', 'bad', 'away'), fc.constantFrom('none', 'none', 'before', 'after'))
    .map(([reply, death]) => dispatch(reply as 'good', death as 'none')),
  fc.boolean().map(complete),
  fc.constant(fail),
  fc
    .tuple(fc.constantFrom('right', 'right', 'old', 'none'), fc.constantFrom('bob', 'ada'))
    .map(([evidence, actor]) => approve(evidence as 'right', actor)),
  fc.constant(reject),
  fc.constantFrom('pause', 'resume', 'resume', 'cancel', 'retry').map((event) => control(event as 'pause')),
  fc.constantFrom(minutes(1), minutes(11), hours(1), -hours(3)).map(jump),
  fc.constant(upgrade),
]

describe('any sequence of events, deaths, late words and clock jumps', () => {
  it('leaves the stored run where the machine says, with a history without gaps', async () => {
    const local = await aTable()
    let count = 0
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 30 }), async (commands) => {
        const world = await aWorld({ on: local, definitions: [DEFINITION] })
        const id = `model-${++count}`
        await world.start(id, { definition: 'hub' })
        const model: Model = {
          state: 'PHASE_1',
          paused: false,
          version: 1,
          attempt: 1,
          failures: 0,
          rework: 0,
          old: [],
        }
        const real: Real = { world, id, updates: [] }
        await fc.asyncModelRun(() => ({ model, real }), commands)

        const { history } = await real.world.workflows.history(id, { after: 0, limit: 100 })
        expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: model.version }, (_, i) => i + 1))
        for (const [at, entry] of history.entries()) expect(entry.from).toBe(history[at - 1]?.to ?? 'IDLE')
      }),
      { numRuns: 60 },
    )
  }, 120_000)
})

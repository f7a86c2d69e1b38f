import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences } from '#lib/projects/diff'
import { decide } from '#lib/projects/engine'
import type { Orchestration } from '#lib/projects/model'
import { inputs as inputsSchema } from '#lib/projects/record'
import { ACTIVE, anOrchestration, aStrategy, aView, velocityOf } from '#test/helpers/projects/inputs'
import { NO_HISTORY } from '#test/helpers/projects/upstream'

const unit = fc.double({ min: 0, max: 1, noNaN: true })
const small = fc.nat({ max: 200 })
const similarProjects = fc.array(
  fc.record({
    project_id: fc.string(),
    similarity_score: unit,
    completion_rate: unit,
    avg_sprint_duration: fc.option(small),
    optimal_task_count: fc.option(fc.double({ min: 0, max: 200, noNaN: true })),
  }),
  { maxLength: 12 },
)
const generated: fc.Arbitrary<Orchestration> = fc
  .record({
    unassigned: small,
    options: fc.record({
      create_sprint_if_needed: fc.boolean(),
      assign_tasks: fc.boolean(),
      create_cronjob: fc.boolean(),
      sprint_duration_weeks: fc.integer({ min: 1, max: 4 }),
      max_tasks_per_sprint: fc.integer({ min: 1, max: 100 }),
    }),
    active: fc.boolean(),
    tasks: fc.record({ completed_tasks: small, pending_tasks: small }),
    cronjob: fc.option(
      fc.record({ drifted: fc.boolean(), missed_runs: fc.nat({ max: 3 }), active: fc.nat({ max: 1 }) }),
    ),
    similar: similarProjects,
    velocity: fc.array(fc.nat({ max: 30 }), { maxLength: 12 }),
    away: fc.boolean(),
    mode: fc.constantFrom('enforce', 'warn', 'off'),
    paused: fc.option(fc.record({ until: fc.integer({ min: 0, max: 8.64e15 }), reason: fc.string() })),
    recent: fc.nat({ max: 5 }),
    team_size: fc.nat({ max: 12 }),
    confidence: unit,
    advice: fc.nat({ max: 100 }),
  })
  .map((g) => {
    const { completed_tasks, pending_tasks } = g.tasks
    const drift = g.cronjob?.drifted ? [{ pointer: '/spec/suspend', wanted: 'false', found: 'true' }] : []
    return anOrchestration({
      options: g.options,
      team_size: g.team_size,
      backlog: { total_tasks: 500, unassigned: g.unassigned, in_progress: 0, completed: 0 },
      candidates: Array.from({ length: Math.min(g.unassigned, g.options.max_tasks_per_sprint) }, (_, at) => `T${at}`),
      sprint: g.active ? ACTIVE : null,
      tasks: g.active ? { total_tasks: completed_tasks + pending_tasks, completed_tasks, pending_tasks } : null,
      cronjob: g.active && g.cronjob ? aView({ ...g.cronjob, drift }) : null,
      history: g.away ? null : { ...NO_HISTORY, similar: g.similar, velocity: velocityOf(...g.velocity) },
      restraint: { mode: g.mode, paused: g.paused, heals_per_hour: 3, ignore_drift: [] },
      healing: { name: 'c', recent: g.recent, tripped: false },
      strategies: [
        aStrategy({
          confidence: g.confidence,
          applicability: { team_size: [0, 99], unassigned_tasks: [0, 999] },
          recommendation: { tasks_per_sprint: g.advice, sprint_duration_weeks: 1 + (g.advice % 4) },
        }),
      ],
    })
  })

describe('whatever the analysis', () => {
  it('a decision never assigns more than there is or may be, and its weeks stay within bounds', () => {
    fc.assert(
      fc.property(generated, (inputs) => {
        const { tasks_to_assign, sprint_duration_weeks } = decide(inputs)
        expect(tasks_to_assign).toBeGreaterThanOrEqual(0)
        expect(tasks_to_assign).toBeLessThanOrEqual(inputs.backlog.unassigned)
        expect(tasks_to_assign).toBeLessThanOrEqual(inputs.options.max_tasks_per_sprint)
        expect(Number.isInteger(tasks_to_assign)).toBe(true)
        expect(sprint_duration_weeks).toBeGreaterThanOrEqual(1)
        expect(sprint_duration_weeks).toBeLessThanOrEqual(4)
      }),
      { numRuns: 500 },
    )
  })

  it('a decision never both opens a sprint and heals, and changes nothing that it may not', () => {
    fc.assert(
      fc.property(generated, (inputs) => {
        const decision = decide(inputs)
        const steps = decision.steps.map((step) => step.kind)
        const heals = decision.steps.some(
          (step) =>
            'sprint_id' in step &&
            step.sprint_id === ACTIVE.sprint_id &&
            step.kind.includes('cronjob') &&
            step.kind !== 'delete_cronjob',
        )
        expect(steps.includes('create_sprint') && heals).toBe(false)
        expect(steps.includes('create_sprint')).toBe(decision.create_new_sprint)
        expect(steps.includes('close_sprint')).toBe(decision.sprint_closure_triggered)
        if (inputs.restraint.mode !== 'enforce' || inputs.restraint.paused) expect(steps).toEqual([])
        expect(decision.reasoning).not.toBe('')
      }),
      { numRuns: 500 },
    )
  })

  it('an adjustment has passed its gate', () => {
    fc.assert(
      fc.property(generated, (inputs) => {
        const { intelligence_adjustments, decision_source } = decide(inputs)
        const all = Object.values(intelligence_adjustments)
        expect(decision_source === 'intelligence_enhanced').toBe(all.length > 0)
        for (const { confidence, applied_value, original_recommendation } of all) {
          expect(confidence).toBeGreaterThanOrEqual(0.5)
          expect(Math.abs(applied_value - original_recommendation)).toBeLessThanOrEqual(original_recommendation / 2)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('the decision is the same when it is made once more from its stored inputs', () => {
    fc.assert(
      fc.property(generated, (inputs) => {
        const stored = inputsSchema.parse(JSON.parse(JSON.stringify(inputs)))
        expect(differences(decide(inputs), decide(stored))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

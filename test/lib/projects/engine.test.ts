import { describe, expect, it } from 'vitest'
import { dryAnswer } from '#lib/projects/answer'
import { decide } from '#lib/projects/engine'
import type { Inputs, Orchestration } from '#lib/projects/model'
import { START } from '#test/helpers/clock'
import {
  ACTIVE,
  aCare,
  anActive,
  anOrchestration,
  aSimilar,
  aStrategy,
  aView,
  velocityOf,
} from '#test/helpers/projects/inputs'
import { NO_HISTORY } from '#test/helpers/projects/upstream'
import { OPTIONS } from '#test/helpers/projects/world'

const kinds = (inputs: Inputs) => decide(inputs).steps.map(({ kind }) => kind)

describe('rule 1: availability', () => {
  it('is noted first and warned of one by one, PTO by its name, and never blocks', () => {
    const conflicts = [
      { type: 'holiday', date: '2026-01-06', name: 'Epiphany', details: '' },
      { type: 'pto', date: '2026-01-07', name: 'Ada', details: '' },
    ] as const
    const decision = decide(anOrchestration({ availability: { status: 'conflict', conflicts } }))

    expect(decision.reasoning).toMatch(
      /^Note: Sprint timeline includes 2 holiday\(s\) or PTO day\(s\)\.; No active sprint/,
    )
    expect(decision.warnings).toEqual([
      'Sprint timeline includes upcoming holiday: Epiphany on 2026-01-06',
      'Sprint timeline includes upcoming PTO: Ada on 2026-01-07',
    ])
    expect(decision.type).toBe('CREATE_SPRINT')
  })

  it('says nothing when the service lists days but sees no conflict', () => {
    const conflicts = [{ type: 'holiday', date: '2026-01-06', name: 'Epiphany', details: '' }] as const
    expect(decide(anOrchestration({ availability: { status: 'ok', conflicts } })).warnings).toEqual([])
  })
})

describe('rule 2: a sprint whose tasks are all done', () => {
  const done = { total_tasks: 8, completed_tasks: 8, pending_tasks: 0 }

  it('is closed, its CronJob deleted, and the next sprint opened in the same run', () => {
    const decision = decide(anActive({ tasks: done, cronjob: aView() }))

    expect(decision).toMatchObject({
      type: 'CREATE_SPRINT',
      sprint_closure_triggered: true,
      sprint_id_to_close: ACTIVE.sprint_id,
      create_new_sprint: true,
      sprint_name: 'SHOP-001-S04',
    })
    expect(decision.steps.map(({ kind }) => kind)).toEqual([
      'close_sprint',
      'delete_cronjob',
      'create_sprint',
      'trim_sprint',
      'create_cronjob',
    ])
  })

  it('is closed and nothing opened when the backlog is empty', () => {
    const backlog = { total_tasks: 8, unassigned: 0, in_progress: 0, completed: 8 }
    const decision = decide(anActive({ tasks: done, backlog }))

    expect(decision.type).toBe('CLOSE_SPRINT')
    expect(decision.steps).toEqual([{ kind: 'close_sprint', sprint_id: ACTIVE.sprint_id }])
  })

  it('is not closed while it has no tasks at all', () => {
    expect(decide(anActive({ tasks: { total_tasks: 0, completed_tasks: 0, pending_tasks: 0 } })).type).toBe('SELF_HEAL')
  })
})

describe('rule 3: the CronJob of an active sprint', () => {
  it('is repaired when it drifted, and the drift told', () => {
    const drift = [{ pointer: '/spec/schedule', wanted: '0 14 * * 1-5', found: '0 3 * * *' }]
    const decision = decide(anActive({ cronjob: aView({ drift }) }))

    expect(decision.type).toBe('REPAIR_DRIFT')
    expect(decision.warnings).toEqual([
      'CronJob run-dailyscrum-shop-001-shop-001-s03 has drifted: /spec/schedule is 0 3 * * *, should be 0 14 * * 1-5',
    ])
  })

  it('is made anew when it lives but does not fire', () => {
    expect(kinds(anActive({ cronjob: aView({ missed_runs: 2 }) }))).toEqual(['recreate_cronjob'])
  })

  it('is only warned of while one of its jobs still runs', () => {
    const decision = decide(anActive({ cronjob: aView({ missed_runs: 2, active: 1 }) }))
    expect(decision.type).toBe('MONITOR')
    expect(decision.warnings[0]).toContain('missed 2 run(s) while 1 of its jobs')
  })

  it('is warned of, not made, when create_cronjob is false', () => {
    const decision = decide(anActive({ options: { ...OPTIONS, create_cronjob: false } }))
    expect(decision).toMatchObject({ type: 'MONITOR', steps: [] })
    expect(decision.warnings).toEqual(['Sprint SHOP-001-S03 has no CronJob: its daily scrums do not run'])
  })

  it('is warned of past the end date while tasks are open', () => {
    const sprint = { ...ACTIVE, end_date: '2026-01-04' }
    expect(decide(anActive({ sprint, cronjob: aView() })).warnings).toEqual([
      'Sprint SHOP-001-S03 is past its end date 2026-01-04 with 5 open task(s)',
    ])
  })

  it('is left alone once the heal budget is spent, and that is told once', () => {
    const spent = { name: aView().name, recent: 3, tripped: false }
    expect(decide(anActive({ healing: spent }))).toMatchObject({ type: 'MONITOR', steps: [], budget_tripped: true })
    expect(decide(anActive({ healing: { ...spent, tripped: true } })).budget_tripped).toBe(false)
  })
})

describe('rule 4: no active sprint', () => {
  it('leads to one with as many tasks as may be', () => {
    expect(decide(anOrchestration())).toMatchObject({
      type: 'CREATE_SPRINT',
      tasks_to_assign: 10,
      sprint_name: 'SHOP-001-S03',
      sprint_duration_weeks: 2,
      decision_source: 'rule_based_only',
    })
  })

  it('leads to one that is named with the count of all sprints, more than two digits included', () => {
    expect(decide(anOrchestration({ sprint_count: 123 })).sprint_name).toBe('SHOP-001-S124')
  })

  it('leads to an empty one when assign_tasks is false', () => {
    const decision = decide(anOrchestration({ options: { ...OPTIONS, assign_tasks: false } }))
    expect(decision).toMatchObject({ create_new_sprint: true, tasks_to_assign: 0 })
    expect(decision.steps[1]).toMatchObject({ kind: 'trim_sprint', keep: 0 })
  })

  it('leads to nothing without tasks, or when no sprint is wanted', () => {
    const backlog = { total_tasks: 3, unassigned: 0, in_progress: 0, completed: 3 }
    expect(decide(anOrchestration({ backlog }))).toMatchObject({ type: 'MAINTENANCE', steps: [] })
    const options = { ...OPTIONS, create_sprint_if_needed: false }
    expect(decide(anOrchestration({ options }))).toMatchObject({ type: 'MAINTENANCE', steps: [] })
  })
})

describe('policy and pause', () => {
  const restraint = { mode: 'enforce', paused: null, heals_per_hour: 3, ignore_drift: [] } as const

  it('"warn" says what would have been done and does nothing', () => {
    const decision = decide(anActive({ restraint: { ...restraint, mode: 'warn' } }))
    expect(decision).toMatchObject({ type: 'MONITOR', steps: [], sprint_name: null })
    expect(decision.warnings[0]).toBe('The policy of this project is "warn": nothing was changed')
    expect(decision.warnings[1]).toContain(
      'Not done: Active sprint SHOP-001-S03 found, but its corresponding CronJob was missing',
    )
  })

  it('a pause keeps sprints from being opened, and names its end and its reason', () => {
    const paused = { until: START + 1000, reason: 'Release freeze' }
    const decision = decide(anOrchestration({ restraint: { ...restraint, paused } }))
    expect(decision).toMatchObject({ type: 'MAINTENANCE', create_new_sprint: false, steps: [], tasks_to_assign: 0 })
    expect(decision.reasoning).toBe('Paused until 2026-01-05T08:00:01.000Z (Release freeze): nothing was changed.')
  })
})

describe('a second CronJob of the sprint', () => {
  const duplicates = [{ name: 'second', sprint: 'SHOP-001-S03' }]
  const clause = 'CronJob second is a second one for sprint SHOP-001-S03. Deleting the one of the wrong name.'

  it('is an action, beside which nothing says that none is needed', () => {
    expect(decide(anActive({ cronjob: aView(), duplicates }))).toMatchObject({
      type: 'REPAIR_DRIFT',
      reasoning: clause,
    })
  })

  it('is named alone as what a policy of "warn" leaves undone', () => {
    const restraint = { mode: 'warn', paused: null, heals_per_hour: 3, ignore_drift: [] } as const
    const { warnings } = decide(anActive({ cronjob: aView(), duplicates, restraint }))
    expect(warnings.filter((warning) => warning.startsWith('Not done'))).toEqual([`Not done: ${clause}`])
  })
})

describe('what could not be read of Chronicle', () => {
  it('is unknown in the answer, and not zero', () => {
    const inputs = anActive({ history: { ...NO_HISTORY, unread: ['velocity', 'patterns', 'retrospectives'] } })
    expect(dryAnswer(inputs, decide(inputs)).analysis.historical_context).toMatchObject({
      velocity: { average_velocity: null, sprints: null },
      daily_scrums: null,
      retrospectives: null,
    })
  })
})

describe('learned adjustments', () => {
  const similar = (count: number, over = {}) => Array.from({ length: count }, () => aSimilar(over))
  const withSimilar = (list: ReturnType<typeof similar>, over: Partial<Orchestration> = {}) =>
    decide(anOrchestration({ history: { ...NO_HISTORY, similar: list }, ...over }))

  it('take the rounded mean of three similar projects, and say on what grounds', () => {
    const decision = withSimilar(similar(3))
    expect(decision).toMatchObject({ decision_source: 'intelligence_enhanced', tasks_to_assign: 7 })
    expect(decision.intelligence_adjustments['task_count_modification']).toMatchObject({
      original_recommendation: 10,
      intelligence_recommendation: 7,
      applied_value: 7,
      confidence: 0.9,
      evidence_source: '3 similar projects',
      evidence_kind: 'similar_projects',
    })
    expect(decision.rule_based_decision.tasks_to_assign).toBe(10)
    expect(decision.steps[1]).toMatchObject({ kind: 'trim_sprint', keep: 7 })
    expect(decision.reasoning).toContain(
      'Adjusted the number of tasks from 10 to 7 by 3 similar projects (confidence 0.90).',
    )
  })

  it.each([
    ['fewer than three similar projects', similar(2)],
    ['projects that are not similar enough', similar(3, { similarity_score: 0.5 })],
    ['a confidence of exactly one half', similar(3, { completion_rate: 0.5 })],
    ['a change of one task', similar(3, { optimal_task_count: 9 })],
    ['a change of more than half', similar(3, { optimal_task_count: 4 })],
    ['projects without a count', similar(3, { optimal_task_count: null })],
    ['more tasks than allowed', similar(3, { optimal_task_count: 14 })],
  ])('do not follow %s', (_why, list) => {
    expect(withSimilar(list)).toMatchObject({ decision_source: 'rule_based_only', tasks_to_assign: 10 })
  })

  it('follow a change of exactly one half', () => {
    expect(withSimilar(similar(3, { optimal_task_count: 5 })).tasks_to_assign).toBe(5)
  })

  it('round a mean of two and a half to even', () => {
    const list = [
      aSimilar({ optimal_task_count: 6 }),
      aSimilar({ optimal_task_count: 7 }),
      ...similar(2, { optimal_task_count: 6.5 }),
    ]
    expect(withSimilar(list).tasks_to_assign).toBe(6)
  })

  const paced = (weeks: number, ...completed: number[]) =>
    decide(
      anOrchestration({
        options: { ...OPTIONS, sprint_duration_weeks: weeks },
        history: { ...NO_HISTORY, velocity: velocityOf(...completed) },
      }),
    ).sprint_duration_weeks

  it('shorten a sprint when the pace rises and lengthen it when it falls', () => {
    const rising = Array.from({ length: 10 }, (_, at) => 5 + at * 0.2)
    expect(paced(3, ...rising)).toBe(2)
    expect(paced(2, ...rising)).toBe(1)
    expect(paced(1, ...rising)).toBe(1)
    expect(paced(3, ...rising.toReversed())).toBe(4)
    expect(paced(4, ...rising.toReversed())).toBe(4)
    // From one week to two is a change of all of it.
    expect(paced(1, ...rising.toReversed())).toBe(1)
  })

  it('do not follow a pace that is flat, too steep to trust, or of too few sprints', () => {
    expect(paced(2, ...Array.from({ length: 10 }, (_, at) => 5 + at * 0.1))).toBe(2)
    expect(paced(2, ...Array.from({ length: 10 }, (_, at) => 5 + at * 0.6))).toBe(2)
    expect(paced(2, 5, 5.2, 5.4, 5.6)).toBe(2)
  })

  it('follow a learned strategy through the same gate and say so', () => {
    const decision = decide(anOrchestration({ strategies: [aStrategy()] }))
    expect(decision).toMatchObject({ tasks_to_assign: 7, strategies: ['team-4-backlog-11'] })
    expect(decision.reasoning).toContain('by learned strategy')
    for (const refused of [
      aStrategy({ confidence: 0.49 }),
      aStrategy({ evidence: 2 }),
      aStrategy({ retired_at: START }),
      aStrategy({ applicability: { team_size: [5, 9], unassigned_tasks: [11, 25] } }),
    ])
      expect(decide(anOrchestration({ strategies: [refused] })).tasks_to_assign).toBe(10)
  })

  it('go by rules alone without Chronicle, and say so', () => {
    const decision = decide(anOrchestration({ history: null }))
    expect(decision.warnings).toEqual(['Chronicle is unreachable: decided by rules alone'])
    expect(decision.reasoning).toMatch(/^Chronicle is unreachable: decided by rules alone\.; /)
  })

  it('name a part of Chronicle that could not be read, and count the others', () => {
    const unread = ['velocity', 'impediments']
    const decision = decide(anOrchestration({ history: { ...NO_HISTORY, similar: similar(3), unread } }))
    expect(decision.warnings).toEqual([
      "Chronicle's velocity could not be read: decided without",
      "Chronicle's impediments could not be read: decided without",
    ])
    expect(decision).toMatchObject({ tasks_to_assign: 7, decision_source: 'intelligence_enhanced' })
  })

  it('add up to an overall confidence', () => {
    const velocity = velocityOf(...Array.from({ length: 10 }, () => 5))
    const decision = decide(anOrchestration({ history: { ...NO_HISTORY, similar: similar(4), velocity } }))
    // 0.3 + 0.2 · 0.8 + 0.3 · 1 + 0.2 · 1
    expect(decision.confidence_scores).toEqual({ overall: 0.96, similarity: 0.8, velocity: 1, success_probability: 1 })
    expect(decide(anOrchestration()).confidence_scores.overall).toBe(0)
  })
})

describe('the sweep’s decision', () => {
  it('deletes the CronJobs of closed sprints and heals in the same breath', () => {
    const decision = decide(aCare({ cronjob: null, orphans: [{ name: 'old', sprint: 'S01' }] }))
    expect(decision.type).toBe('SELF_HEAL')
    expect(decision.steps.map(({ kind }) => kind)).toEqual(['create_cronjob', 'delete_cronjob'])
  })

  it('is quiet when all is well', () => {
    expect(decide(aCare())).toMatchObject({ type: 'MONITOR', steps: [], warnings: [] })
    expect(decide(aCare({ sprint: null, cronjob: null }))).toMatchObject({ type: 'MAINTENANCE', steps: [] })
  })
})

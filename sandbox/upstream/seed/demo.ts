/** The demo organisation: one project for each thing that can happen to a sprint. */
import { plusDays } from '../state/days.ts'
import type { Day } from '../state/model.ts'
import type { ProjectSeed, SprintSeed } from './shape.ts'

const TWO_WEEKS = 14

/** The projects as they are on the day of seeding. */
export function demoOrganisation(today: Day): readonly ProjectSeed[] {
  const inDays = (days: number): Day => plusDays(today, days)
  return [
    testProject(),
    {
      id: 'ORBIT-02',
      name: 'Orbit',
      description: 'A sprint is running; nobody has set up its daily scrum.',
      unassigned: 6,
      sprints: [
        ...past(inDays(-3), [
          [8, 7],
          [8, 8],
        ]),
        { starts: inDays(-3), open: 4, in_progress: 3, done: 2 },
      ],
    },
    {
      id: 'HARBOR-03',
      name: 'Harbor',
      description: 'All tasks of the running sprint are done; the next ones wait.',
      unassigned: 7,
      sprints: [...past(inDays(-12), [[6, 6]]), { starts: inDays(-12), done: 6 }],
    },
    {
      id: 'ARCHIVE-04',
      name: 'Archive',
      description: 'Finished.',
      status: 'completed',
      completed: 12,
      sprints: past(inDays(-90), [
        [6, 6],
        [6, 6],
      ]),
    },
    {
      id: 'LUMEN-05',
      name: 'Lumen',
      description: 'Ready for a sprint in which people will be away.',
      unassigned: 9,
      away: [
        { member: 0, date: inDays(2) },
        { member: 2, date: inDays(5) },
      ],
    },
    {
      id: 'QUIET-06',
      name: 'Quiet',
      description: 'Nothing waits in the backlog.',
      completed: 5,
      sprints: past(inDays(-20), [[5, 5]]),
    },
    {
      id: 'NOVA-07',
      name: 'Nova',
      description: 'Has a past to learn from, and projects like it.',
      team: 5,
      unassigned: 14,
      sprints: past(inDays(-1), NOVA_PAST),
    },
    ...['ATLAS-08', 'BEACON-09', 'CEDAR-10'].map((id, at) => alike(id, inDays(-30 * (at + 2)))),
  ]
}

/** Two people and a sprint over Labor Day 2025: the project with which self-healing was once proved. */
function testProject(): ProjectSeed {
  const starts = '2025-08-24'
  const closed = Array.from({ length: 11 }, (_, at): readonly [number, number] => [8, at % 4 === 3 ? 7 : 8])
  return {
    id: 'TEST-001',
    name: 'Test Project for Sprint Setup',
    description: 'TestSprint',
    status: 'inactive',
    team: 2,
    unassigned: 10,
    sprints: [...past(starts, closed), { starts, open: 3, in_progress: 3, done: 2 }],
  }
}

/** A little more is finished each time. */
const NOVA_PAST = [
  [8, 7],
  [8, 7],
  [9, 8],
  [9, 8],
  [9, 8],
  [9, 8],
  [9, 9],
  [9, 9],
] as const

/** Finished projects of five people that did best with eight tasks a sprint. */
function alike(id: string, ended: Day): ProjectSeed {
  const closed = [
    [9, 8],
    [9, 8],
    [8, 8],
    [9, 8],
  ] as const
  const name = `${id.charAt(0)}${id.slice(1, -3).toLowerCase()}`
  return {
    id,
    name,
    description: 'Finished.',
    status: 'completed',
    team: 5,
    completed: 8,
    sprints: past(ended, closed),
  }
}

/** Closed sprints of two weeks, one after the other, the last ending on `until`. */
function past(until: Day, figures: readonly (readonly [total: number, completed: number])[]): readonly SprintSeed[] {
  return figures.map(([total, completed], at) => ({
    starts: plusDays(until, -TWO_WEEKS * (figures.length - at)),
    closed: { total, completed, impediments: completed < total ? ['Waiting for review'] : [] },
  }))
}

import { describe, expect, it } from 'vitest'
import { RECORDED_SERVICES, recordedAnswers } from '#test/helpers/upstream-recordings'
import { aStandIn, send } from './helpers.ts'

/** Objects whose members are named by their content, not by the service. */
const COUNTED = [
  'status_counts',
  'common_impediments_reported',
  'common_retrospective_action_items',
  'impediment_frequency',
  'impediment_status_counts',
]

/** The types of all members; of a list that of its first entry, of a count none of its names. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]) => [name, COUNTED.includes(name) ? 'counts by text' : shapeOf(inner)] as const)
      .toSorted(([a], [b]) => a.localeCompare(b)),
  )
}

function withoutWarnings(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'warnings'))
}

/** A project with a past, a sprint in progress, tasks that wait, and three others like it. */
async function aWorld() {
  const { urls, seed } = await aStandIn()
  const past = { total: 5, completed: 4, impediments: ['Waiting for review'] }
  const closed = (at: number) => ({ starts: `2025-1${at}-01`, closed: past })
  seed.project({
    id: 'P1',
    team: 2,
    unassigned: 3,
    away: [{ member: 0, date: '2025-08-20', until: '2025-08-26' }],
    sprints: [closed(0), closed(1), { starts: '2026-01-01', open: 2, in_progress: 1, done: 1 }],
  })
  for (const id of ['P2', 'P3', 'P4']) seed.project({ id, team: 2, sprints: [closed(0), closed(1)] })
  return urls
}

const named = (call: string) =>
  call.replace('{id}', 'P1').replace('{sprint}', 'P1-S03').replace('{task}', 'P1-T001').replace('{unknown}', 'NOPE')

describe.each(RECORDED_SERVICES)('the stand-in of the %s service', (service) => {
  // Its warnings are left out: they are there only when something went wrong with the opening.
  it('answers as the real one does, field by field', async () => {
    const urls = await aWorld()
    for (const { says, call, send: body, status, body: real } of recordedAnswers(service)) {
      const [method = '', path = ''] = named(call).split(' ')

      const answer = await send(`${urls[service]}${path}`, method, body)

      expect({ says, status: answer.status, shape: shapeOf(withoutWarnings(answer.body)) }).toEqual({
        says,
        status,
        shape: shapeOf(real),
      })
    }
  })
})

describe('the stand-in of Chronicle', () => {
  it('breaks where the real one breaks: daily scrums cannot be listed, a sprint has one retrospective', async () => {
    const { urls } = await aStandIn()
    const scrum = { project_id: 'P1', sprint_id: 'S1', reports: {} }
    const retrospective = { project_id: 'P1', sprint_id: 'S1' }
    const post = (kind: string, body: unknown) => send(`${urls.chronicle}/v1/notes/${kind}`, 'POST', body)
    await post('daily_scrum_report', scrum)

    const list = await fetch(`${urls.chronicle}/v1/notes/daily_scrum_report?project_id=P1`)
    const first = await post('sprint_retrospective', retrospective)
    const second = await fetch(`${urls.chronicle}/v1/notes/sprint_retrospective`, {
      method: 'POST',
      body: JSON.stringify(retrospective),
    })

    expect([list.status, await list.text()]).toEqual([500, 'Internal Server Error'])
    expect(first).toEqual({ status: 201, body: { message: expect.any(String), retrospective_id: expect.any(String) } })
    expect(second.status).toBe(500)
  })

  it('refuses a note of a decision that lacks what the real one needs', async () => {
    const { urls } = await aStandIn()
    const note = recordedAnswers('chronicle')[0]?.send as Record<string, unknown>

    for (const field of ['base_decision', 'final_decision', 'combined_reasoning', 'correlation_id']) {
      const { [field]: _, ...without } = note
      expect((await send(`${urls.chronicle}/v1/notes/decision_audit`, 'POST', without)).status).toBe(422)
    }
  })
})

/** The project service: projects, their teams, and who is away when. */
import * as z from 'zod'
import { AppError } from '#lib/errors'
import type { Availability, Upstream } from '#lib/projects/ports'
import { day, detailOf, id, listOf, maybeListOf, text } from './answers.ts'
import type { Asker } from './service.ts'
import type { Answer } from './wire.ts'

type ProjectService = Pick<Upstream, 'projects' | 'project' | 'team' | 'availability'>

const project = z.object({ id, name: text, description: text, status: text })
const team = z.object({ team_members: maybeListOf(z.object({ id, name: text })) })
const conflict = z.object({
  // Whatever is no holiday is somebody's absence.
  type: text.transform((type) => (type.toLowerCase() === 'holiday' ? ('holiday' as const) : ('pto' as const))),
  date: day,
  name: text,
  details: text,
})
/** `ok` and `available` both mean that there is none. */
const availability = z.object({ status: text, conflicts: maybeListOf(conflict) }) satisfies z.ZodType<Availability>

/** The answer, with 500, that the service gives for a project it does not know. */
const UNKNOWN_PROJECT = 'Database operation failed.'

export function projectService(ask: Asker): ProjectService {
  return {
    projects: () => ask({ method: 'GET', route: '/projects', schema: listOf(project) }),

    project: (projectId) => ask({ ...about('/projects/{id}', projectId), schema: project }),

    async team(projectId) {
      const { team_members } = await ask({ ...about('/projects/{id}/team-members', projectId), schema: team })
      return team_members
    },

    availability: (projectId, from, to) =>
      ask({
        ...about('/projects/{id}/availability/check', projectId),
        query: { start_date: from, end_date: to },
        schema: availability,
      }),
  }
}

function about(route: string, projectId: string) {
  return { method: 'GET', route, params: { id: projectId }, otherwise: unknownProject(projectId) } as const
}

function unknownProject(projectId: string): (answer: Answer) => undefined {
  return (answer) => {
    const isUnknown = answer.status === 404 || (answer.status === 500 && detailOf(answer) === UNKNOWN_PROJECT)
    if (isUnknown) {
      throw new AppError('not_found', 'There is no such project.', { details: { project_id: projectId } })
    }
  }
}

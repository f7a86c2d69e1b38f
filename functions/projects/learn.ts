/** Every day: how sprints went becomes strategies for the next ones. */
import { scheduled } from '#lib/http/scheduled'
import { projectsInBackground } from '#lib/projects/wiring'

export const handler = scheduled('projects-learn', ({ correlationId }) => projectsInBackground(correlationId).learn())

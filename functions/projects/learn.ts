/** Every day: how sprints went becomes strategies for the next ones. */
import { scheduled } from '#lib/http/scheduled'
import { knowledgeInBackground } from '#lib/projects/wiring'

export const handler = scheduled('projects-learn', ({ correlationId }) => knowledgeInBackground(correlationId).learn())

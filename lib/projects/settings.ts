/** The variables that lead to the services a project lives in, for `readConfig`. */
import * as z from 'zod/mini'

export const serviceSettings = {
  PROJECT_SERVICE_URL: z.string(),
  BACKLOG_SERVICE_URL: z.string(),
  SPRINT_SERVICE_URL: z.string(),
  CHRONICLE_SERVICE_URL: z.string(),
} as const

/** The variables that lead to the services a project lives in, for `readConfig`, and what is said where they are not set. */
import * as z from 'zod/mini'
import { type Config, type Environment, optionalText, readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'

export const serviceSettings = {
  PROJECT_SERVICE_URL: z.string(),
  BACKLOG_SERVICE_URL: z.string(),
  SPRINT_SERVICE_URL: z.string(),
  CHRONICLE_SERVICE_URL: z.string(),
} as const

const optionalServices = {
  COXSWAIN_LOCAL: settings.COXSWAIN_LOCAL,
  PROJECT_SERVICE_URL: optionalText,
  BACKLOG_SERVICE_URL: optionalText,
  SPRINT_SERVICE_URL: optionalText,
  CHRONICLE_SERVICE_URL: optionalText,
} as const

/** How the parts that projects need are configured. */
export const TO_SET = {
  services: 'PROJECT_SERVICE_URL, BACKLOG_SERVICE_URL, SPRINT_SERVICE_URL and CHRONICLE_SERVICE_URL',
  cluster: 'KUBECONFIG, or K8S_API_URL with K8S_TOKEN',
} as const

/**
 * The addresses of the services. Each is needed; only on a laptop may all four be missing, when there are no stand-ins: then
 * it is undefined, and projects are off.
 */
export function readServices(env?: Environment): Config<typeof serviceSettings> | undefined {
  const { COXSWAIN_LOCAL, ...services } = readConfig(optionalServices, env)
  const isOff = COXSWAIN_LOCAL && Object.values(services).every((address) => address === undefined)
  return isOff ? undefined : readConfig(serviceSettings, env)
}

/** What a request gets that needs a part which is not configured. */
export function notConfigured(part: keyof typeof TO_SET): AppError {
  const subject = part === 'services' ? 'The services of the projects are' : 'The cluster of the projects is'
  return new AppError('unavailable', `${subject} not configured: set ${TO_SET[part]}, and start anew.`, {
    details: { reason: 'not_configured' },
  })
}

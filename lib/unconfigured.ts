/** What a laptop without stand-ins goes without, said by `GET /health`: nothing is wrong, and nothing is hidden. */
import { type Config, optionalText, settings } from '#lib/config'
import { TO_SET } from '#lib/projects/settings'

/** One variable of each part is enough to know whether it is there: the others are checked where the part is used. */
export const partSettings = {
  COXSWAIN_LOCAL: settings.COXSWAIN_LOCAL,
  PROJECT_SERVICE_URL: optionalText,
  K8S_API_URL: optionalText,
  KUBECONFIG: optionalText,
  KUBERNETES_SERVICE_HOST: optionalText,
  AGENT_HUB_URL: optionalText,
  EVENT_BUS_NAME: optionalText,
} as const

/** A sentence that names each part and what to set; undefined where everything is configured, and on AWS. */
export function unconfigured(config: Config<typeof partSettings>): string | undefined {
  if (!config.COXSWAIN_LOCAL) return undefined
  const hasCluster = config.K8S_API_URL ?? config.KUBECONFIG ?? config.KUBERNETES_SERVICE_HOST
  const missing = [
    ...(config.PROJECT_SERVICE_URL === undefined ? [`the services of projects (set ${TO_SET.services})`] : []),
    ...(hasCluster === undefined ? [`the cluster (set ${TO_SET.cluster})`] : []),
    ...(config.AGENT_HUB_URL === undefined ? ['the agent hub (set AGENT_HUB_URL)'] : []),
    ...(config.EVENT_BUS_NAME === undefined ? ['the event bus (set EVENT_BUS_NAME)'] : []),
  ]
  return missing.length === 0 ? undefined : `Not configured, and off: ${missing.join('; ')}.`
}

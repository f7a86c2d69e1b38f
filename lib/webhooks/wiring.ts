/** Taking webhooks in with its real parts. Kept apart: it needs the secret, but no token, and nothing else needs it. */
import { systemClock } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { createReceive } from '#lib/github/receive'
import { createVerify } from '#lib/github/webhook'
import { parseJson } from '#lib/http/json'
import { createDeliveryStore } from '#lib/store/deliveries'
import { theTable } from '#lib/store/wiring'

const { GITHUB_WEBHOOK_SECRET, GITHUB_REPO, GITHUB_REPOS } = readConfig({
  GITHUB_WEBHOOK_SECRET: settings.GITHUB_WEBHOOK_SECRET,
  GITHUB_REPO: settings.GITHUB_REPO,
  GITHUB_REPOS: settings.GITHUB_REPOS,
})
const configured = [...GITHUB_REPO, ...GITHUB_REPOS]

export const receive = createReceive({
  verify: GITHUB_WEBHOOK_SECRET === undefined ? undefined : createVerify(GITHUB_WEBHOOK_SECRET),
  deliveries: createDeliveryStore(theTable()),
  repositories: async () => configured,
  parse: parseJson,
  clock: systemClock,
})

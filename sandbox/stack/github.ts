/** GitHub: the one that is configured, or the stand-in with its demo repository. */
import { join } from 'node:path'
import { systemIds } from '#lib/ids'
import { startGitHub as startStandIn } from '../github/server.ts'
import { fromDevFile } from '../programs/worker-line.ts'
import { devFilePath } from './dev-file.ts'
import type { Part, StandInEntrance } from './part.ts'
import { freePort } from './ports.ts'
import type { StackSettings } from './settings.ts'

export interface GitHubPart extends Part {
  readonly url: string
  readonly isStandIn: boolean
  /** What the functions are to be told. */
  readonly env: Readonly<Record<string, string>>
}

export interface GitHubOptions {
  readonly configured: StackSettings['github']
  readonly dataDir: string
  /** What the stand-in takes as a token. */
  readonly token: string
  /** The port to take if it is free: pull requests are known by their address. */
  readonly preferred: number
  readonly entrance: StandInEntrance
  /** Where the stand-in sends its webhooks, and the secret it signs them with; minted when undefined. */
  readonly webhook: { readonly url: string; readonly secret: string | undefined }
}

export async function startGitHub(options: GitHubOptions): Promise<GitHubPart> {
  const { configured, dataDir, token, preferred, entrance, webhook } = options
  if (configured !== undefined) {
    const { apiUrl, app, repositories } = configured
    const env = {
      ...envOf(apiUrl, configured.token ?? '', repositories),
      ...app,
      GITHUB_WEBHOOK_SECRET: webhook.secret ?? '',
    }
    return {
      name: `github ${repositories.join(', ')}`,
      url: apiUrl,
      isStandIn: false,
      env,
      stop: async () => undefined,
    }
  }
  const port = await freePort(preferred)
  const { url, secret = systemIds.secret() } = webhook
  const folder = join(dataDir, 'github')
  const orchestrator = { url: new URL(url).origin, token: fromDevFile(devFilePath(dataDir), 'tokens.worker') }
  const own = { port, dataDir: folder, token, orchestrator, webhook: { url, secret } }
  const standIn = await startStandIn({ ...entrance, ...own })
  const demo = await standIn.seed.demo()
  const env = { ...envOf(standIn.url, token, [demo]), GITHUB_WEBHOOK_SECRET: secret }
  return { name: `github stand-in with ${demo}`, url: standIn.url, isStandIn: true, env, stop: standIn.close }
}

/** An App that is not meant is kept from the functions: they take one credential only. */
const NO_APP = { GITHUB_APP_ID: '', GITHUB_APP_PRIVATE_KEY: '', GITHUB_APP_INSTALLATION_ID: '' }

function envOf(apiUrl: string, token: string, repositories: readonly string[]): GitHubPart['env'] {
  const place = { GITHUB_API_URL: apiUrl, GITHUB_REPO: '', GITHUB_REPOS: repositories.join(',') }
  return { ...NO_APP, ...place, GITHUB_TOKEN: token }
}

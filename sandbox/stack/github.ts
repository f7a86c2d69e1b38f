/** GitHub: the one that is configured, or the stand-in with its demo repository. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemIds } from '#lib/ids'
import { startGitHub as startStandIn } from '../github/server.ts'
import { fromDevFile } from '../programs/worker-line.ts'
import { devFilePath } from './dev-file.ts'
import { shown } from './files.ts'
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
  const folder = standInFolder(dataDir)
  const orchestrator = { url: new URL(url).origin, token: fromDevFile(devFilePath(dataDir), 'tokens.worker') }
  const own = { port, dataDir: folder, token, orchestrator, webhook: { url, secret } }
  const standIn = await startStandIn({ ...entrance, ...own })
  const demo = await standIn.seed.demo()
  const env = { ...envOf(standIn.url, token, [demo]), GITHUB_WEBHOOK_SECRET: secret }
  return { name: `github stand-in with ${demo}`, url: standIn.url, isStandIn: true, env, stop: standIn.close }
}

const standInFolder = (dataDir: string): string => join(dataDir, 'github')

/** The queue of a folder is one: what the stand-in's issues left in it is offered beside those of the configured GitHub. */
export function remarksOnGitHub({ github, dataDir }: Pick<StackSettings, 'github' | 'dataDir'>): readonly string[] {
  if (github === undefined || !existsSync(standInFolder(dataDir))) return []
  const folder = shown(dataDir)
  return [
    `The stand-in GitHub was used with the data in ${folder}: a worker is offered its waiting issues beside those of ${github.repositories.join(', ')}. To begin anew stop this and move ${folder} away, or set COXSWAIN_DATA_DIR to another folder.`,
  ]
}

/** An App that is not meant is kept from the functions: they take one credential only. */
const NO_APP = { GITHUB_APP_ID: '', GITHUB_APP_PRIVATE_KEY: '', GITHUB_APP_INSTALLATION_ID: '' }

function envOf(apiUrl: string, token: string, repositories: readonly string[]): GitHubPart['env'] {
  const place = { GITHUB_API_URL: apiUrl, GITHUB_REPO: '', GITHUB_REPOS: repositories.join(',') }
  return { ...NO_APP, ...place, GITHUB_TOKEN: token }
}

/** GitHub: the one that is configured, or the stand-in with its demo repository. */
import { join } from 'node:path'
import { startGitHub as startStandIn } from '../github/server.ts'
import type { Part } from './part.ts'
import { freePort } from './ports.ts'
import type { StackSettings } from './settings.ts'

/** What the stand-in takes for a token; it guards nothing but a toy. */
export const STAND_IN_TOKEN = 'stand-in'

export interface GitHubPart extends Part {
  readonly url: string
  readonly isStandIn: boolean
  /** What the functions are to be told. */
  readonly env: Readonly<Record<'GITHUB_API_URL' | 'GITHUB_TOKEN' | 'GITHUB_REPO' | 'GITHUB_REPOS', string>>
}

export interface GitHubOptions {
  readonly configured: StackSettings['github']
  readonly dataDir: string
  /** The port to take if it is free: pull requests are known by their address. */
  readonly preferred: number
}

export async function startGitHub({ configured, dataDir, preferred }: GitHubOptions): Promise<GitHubPart> {
  if (configured !== undefined) {
    const { apiUrl, token, repositories } = configured
    const env = envOf(apiUrl, token, repositories)
    return {
      name: `github ${repositories.join(', ')}`,
      url: apiUrl,
      isStandIn: false,
      env,
      stop: async () => undefined,
    }
  }
  const port = await freePort(preferred)
  const standIn = await startStandIn({ port, dataDir: join(dataDir, 'github'), token: STAND_IN_TOKEN })
  const demo = await standIn.seed.demo()
  const env = envOf(standIn.url, STAND_IN_TOKEN, [demo])
  return { name: `github stand-in with ${demo}`, url: standIn.url, isStandIn: true, env, stop: standIn.close }
}

function envOf(apiUrl: string, token: string, repositories: readonly string[]): GitHubPart['env'] {
  return { GITHUB_API_URL: apiUrl, GITHUB_TOKEN: token, GITHUB_REPO: '', GITHUB_REPOS: repositories.join(',') }
}

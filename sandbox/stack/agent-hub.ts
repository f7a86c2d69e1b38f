/** The agent hub: the one that is configured, or the stand-in. */
import { join } from 'node:path'
import { startAgentHub as startStandIn } from '../agent-hub/server.ts'
import type { Part, StandInEntrance } from './part.ts'
import { freePort } from './ports.ts'

export interface AgentHubPart extends Part {
  readonly url: string
  readonly isStandIn: boolean
  /** What the functions are to be told. */
  readonly env: Readonly<Record<'AGENT_HUB_URL', string>>
}

export interface AgentHubOptions {
  /** Undefined starts the stand-in. */
  readonly configured: string | undefined
  readonly dataDir: string
  readonly preferred: number
  readonly entrance: StandInEntrance
}

export async function startAgentHub({ configured, ...rest }: AgentHubOptions): Promise<AgentHubPart> {
  if (configured !== undefined) {
    const env = { AGENT_HUB_URL: configured }
    const name = configured === '' ? 'no agent hub' : 'agent hub'
    return { name, url: configured, isStandIn: false, env, stop: async () => undefined }
  }
  const port = await freePort(rest.preferred)
  const standIn = await startStandIn({ ...rest.entrance, port, dataDir: join(rest.dataDir, 'agent-hub') })
  const env = { AGENT_HUB_URL: standIn.url }
  return { name: 'agent hub stand-in', url: standIn.url, isStandIn: true, env, stop: standIn.close }
}

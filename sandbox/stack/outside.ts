/** The outside world of a local stack: each part as it is configured, or its stand-in. */
import { startAgentHub } from './agent-hub.ts'
import { startCluster } from './cluster.ts'
import type { DevFile, StandInTokens } from './dev-file.ts'
import { startEventBus } from './event-bus.ts'
import { startGitHub } from './github.ts'
import type { Part } from './part.ts'
import { portOf } from './ports.ts'
import type { StackSettings } from './settings.ts'
import { startUpstream } from './upstream.ts'

export interface Outside {
  /** What the functions are to be told. */
  readonly env: Readonly<Record<string, string>>
  /** Addresses of the stand-ins, by what they stand for. */
  readonly standIns: DevFile['stand_ins']
}

export interface OutsidePorts {
  readonly tokens: StandInTokens
  /** Where the functions will answer. */
  readonly orchestrator: string
  readonly add: <P extends Part>(part: P) => P
}

/** Starts the parts one after the other; each is handed to `add` as soon as it runs. */
export async function startOutside(
  settings: StackSettings,
  earlier: DevFile | undefined,
  { tokens, orchestrator, add }: OutsidePorts,
): Promise<Outside> {
  const { dataDir, doors, standIns } = settings
  const entrance = { doors, controlToken: tokens.control }
  const webhook = { url: `${orchestrator}/github/webhook`, secret: settings.webhookSecret }
  const common = (name: string) => ({ dataDir, entrance, preferred: portOf(earlier?.stand_ins[name]) })
  const github = add(
    await startGitHub({ ...common('github'), configured: settings.github, token: tokens.github, webhook }),
  )
  const hub = add(await startAgentHub({ ...common('agent_hub'), configured: settings.agentHub }))
  const upstream = add(await startUpstream({ ...common('upstream'), configured: settings.upstream, standIns }))
  const { cluster: configured, namespace } = settings
  const cluster = add(await startCluster({ ...common('cluster'), configured, namespace }))
  const bus = add(await startEventBus({ ...common('eventbridge'), configured: settings.eventBus }))
  const parts = { github, agent_hub: hub, upstream, cluster, eventbridge: bus }
  const started = Object.entries(parts).flatMap(([name, { isStandIn, url }]) =>
    isStandIn && url !== undefined ? [[name, url]] : [],
  )
  const own = [hub, upstream].filter(({ isStandIn }) => isStandIn).flatMap(({ url }) => url ?? [])
  const ALLOW_PRIVATE_URLS = [...settings.allowed, ...own.map((url) => new URL(url).host)].join(',')
  return {
    env: { ...github.env, ...hub.env, ...upstream.env, ...cluster.env, ...bus.env, ALLOW_PRIVATE_URLS },
    standIns: Object.fromEntries(started),
  }
}

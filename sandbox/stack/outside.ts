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
  const { dataDir } = settings
  const preferred = (name: string) => portOf(earlier?.stand_ins[name])
  const webhook = { url: `${orchestrator}/github/webhook`, secret: settings.webhookSecret }
  const github = add(
    await startGitHub({
      ...{ configured: settings.github, dataDir, webhook },
      ...{ token: tokens.github, preferred: preferred('github') },
    }),
  )
  const hub = add(await startAgentHub({ configured: settings.agentHub, dataDir, preferred: preferred('agent_hub') }))
  const upstream = add(
    await startUpstream({ configured: settings.upstream, dataDir, preferred: preferred('upstream') }),
  )
  const { cluster: configured, namespace } = settings
  const cluster = add(await startCluster({ configured, namespace, dataDir, preferred: preferred('cluster') }))
  const bus = add(await startEventBus({ configured: settings.eventBus, preferred: preferred('eventbridge') }))
  const parts = { github, agent_hub: hub, upstream, cluster, eventbridge: bus }
  const standIns = Object.entries(parts).flatMap(([name, { isStandIn, url }]) =>
    isStandIn && url !== undefined ? [[name, url]] : [],
  )
  const own = [hub, upstream].filter(({ isStandIn }) => isStandIn).flatMap(({ url }) => url ?? [])
  const ALLOW_PRIVATE_URLS = [...settings.allowed, ...own.map((url) => new URL(url).host)].join(',')
  return {
    env: { ...github.env, ...hub.env, ...upstream.env, ...cluster.env, ...bus.env, ALLOW_PRIVATE_URLS },
    standIns: Object.fromEntries(standIns),
  }
}

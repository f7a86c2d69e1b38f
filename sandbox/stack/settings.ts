/** What the environment asks of the local stack, checked as a whole before anything starts. */
import { resolve } from 'node:path'
import * as z from 'zod/mini'
import { readGrpcSettings } from '#grpc/settings'
import { parseDevTokens } from '#lib/auth/tokens'
import { clusterSettings } from '#lib/cluster/config'
import { type Environment, optionalText, optionalUrl, readConfig, settings, whole } from '#lib/config'
import { AppError } from '#lib/errors'
import { busName } from '#lib/events/settings'
import { type DoorList, HOST_ENTRY, isOrigin } from '../http/doors.ts'
import { checkTogether, functionSettings } from './function-settings.ts'
import { type ConfiguredGitHub, chooseGitHub, type StandIns } from './github-settings.ts'
import { checkPlaces } from './places.ts'

/** Everything a host name or an address may consist of; what it means is for the system to find out. */
const HOST = /^[A-Za-z0-9.:-]{1,253}$/
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/

/** No hub: none is configured, and no stand-in is wanted. The functions say so to callers who need one. */
const NO_HUB = ''

const devTokens = z.pipe(
  z.string().check(z.refine(areTokens, 'must be written reader=<token>,worker=<token>,operator=<token>')),
  z.transform(parseDevTokens),
)

/** Words separated by commas, in lower case, each of which `fits`; none when unset. */
function listOf(fits: (text: string) => boolean, message: string) {
  const read = (text: string) =>
    text
      .toLowerCase()
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '')
  const text = z.string().check(z.refine((given) => read(given).every(fits), message))
  return z._default(z.pipe(text, z.transform(read)), [])
}

/** The variables, for `readConfig`. */
export const stackSettings = {
  ...settings,
  COXSWAIN_TABLE: z._default(settings.COXSWAIN_TABLE, 'coxswain'),
  COXSWAIN_DATA_DIR: z._default(z.string(), '.local'),
  COXSWAIN_TOKENS: z._default(devTokens, new Map()),
  ORCHESTRATOR_HOST: z._default(z.string().check(z.regex(HOST, 'must be a host name or an address')), '127.0.0.1'),
  /** 0 takes any free port. */
  ORCHESTRATOR_PORT: whole(8000, { min: 0, max: 65_535 }),
  /** 0 takes any free port. */
  GRPC_PORT: whole(50_055, { min: 0, max: 65_535 }),
  /** Locally, templates may answer where no model is configured: they say what they are. */
  ALLOW_OFFLINE_AGENTS: z._default(z.enum(['true', 'false'], 'must be true or false'), 'true'),
  AGENT_HUB_URL: optionalUrl,
  PROJECT_SERVICE_URL: optionalUrl,
  BACKLOG_SERVICE_URL: optionalUrl,
  SPRINT_SERVICE_URL: optionalUrl,
  CHRONICLE_SERVICE_URL: optionalUrl,
  K8S_API_URL: clusterSettings.K8S_API_URL,
  K8S_TOKEN: clusterSettings.K8S_TOKEN,
  /** As it was given: the functions read it. */
  K8S_CA: optionalText,
  EKS_CLUSTER_NAME: clusterSettings.EKS_CLUSTER_NAME,
  KUBECONFIG: clusterSettings.KUBECONFIG,
  K8S_NAMESPACE: clusterSettings.K8S_NAMESPACE,
  EVENT_BUS_NAME: busName,
  EVENTBRIDGE_ENDPOINT: optionalUrl,
  SWEEP_INTERVAL: whole(300, { min: 1, max: 86_400 }),
  /** Host names beside this machine's own that requests to a local port may be addressed to. */
  ALLOWED_HOSTS: listOf(
    (text) => HOST_ENTRY.test(text),
    'must be host names without a port, e.g. me.example.com or *.example.com',
  ),
  /** Origins of pages that may send requests to a local port, e.g. of a tunnel in front of it. */
  ALLOWED_ORIGINS: listOf(isOrigin, 'must be origins, e.g. https://me.example.com'),
  STAND_INS: z._default(z.enum(['on', 'off'], 'must be on or off'), 'on'),
}

export interface StackSettings {
  /** Absolute. */
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly grpcPort: number
  /** Who may come in through the local ports besides this machine. */
  readonly doors: DoorList
  readonly region: string
  readonly table: string
  /** An engine that runs already; undefined starts the embedded one. */
  readonly dynamodb: { readonly endpoint: string; readonly accessKeyId: string } | undefined
  /** Undefined starts the stand-in. */
  readonly github: ConfiguredGitHub | undefined
  /** Undefined: minted at each start where the stand-in sends webhooks. */
  readonly webhookSecret: string | undefined
  readonly tokens: ReturnType<typeof parseDevTokens>
  readonly pollSeconds: number
  /** Undefined starts the stand-in. */
  readonly agentHub: string | undefined
  readonly gateCheckSeconds: number
  readonly sweepSeconds: number
  readonly workerCheckSeconds: number
  /** `host:port` of loopback and private addresses that may be called, beside those of the stand-ins. */
  readonly allowed: readonly string[]
  /** Base addresses; the stand-in takes the place of each that is undefined, or all are and there are no stand-ins. */
  readonly upstream: Readonly<Record<'project' | 'backlog' | 'sprint' | 'chronicle', string | undefined>>
  /** The variables that lead to a cluster, none where there is none; undefined starts the stand-in. */
  readonly cluster: Readonly<Record<string, string>> | undefined
  readonly namespace: string
  /** Whether stand-ins may take the place of what is not configured. */
  readonly standIns: boolean
  /** Whether there are services and a cluster, so that projects can be swept. */
  readonly hasProjects: boolean
  /** The variables that lead to an event bus, none of them when nobody is told; undefined starts the stand-in. */
  readonly eventBus: Readonly<Record<string, string>> | undefined
  /** What councils are told of who may answer. */
  readonly councils: Readonly<Record<'STAND_INS' | 'ALLOW_OFFLINE_AGENTS', string>>
  /** What the person who started it may not have meant. */
  readonly remarks: readonly string[]
}

/** Throws AppError `invalid` that names everything that is wrong, also for the functions and the gRPC server. */
export function readSettings(env: Environment): StackSettings {
  const config = readConfig({ ...functionSettings, ...stackSettings }, env)
  const { PROJECT_SERVICE_URL, BACKLOG_SERVICE_URL, SPRINT_SERVICE_URL, CHRONICLE_SERVICE_URL, AGENT_HUB_URL } = config
  // Refused before anything starts: the server itself would refuse half-way through.
  readGrpcSettings({ ...env, GRPC_HOST: config.ORCHESTRATOR_HOST })
  const services = { PROJECT_SERVICE_URL, BACKLOG_SERVICE_URL, SPRINT_SERVICE_URL, CHRONICLE_SERVICE_URL }
  checkPlaces({ allowed: config.ALLOW_PRIVATE_URLS, services, guarded: { AGENT_HUB_URL } })
  const standIns = config.STAND_INS === 'on'
  const hasServices = standIns || areSet(services)
  const cluster = clusterOf(config)
  checkTogether(env, cluster !== undefined)
  const hasCluster = standIns || cluster !== undefined || config.KUBERNETES_SERVICE_HOST !== undefined
  return {
    dataDir: resolve(config.COXSWAIN_DATA_DIR),
    host: config.ORCHESTRATOR_HOST,
    port: config.ORCHESTRATOR_PORT,
    grpcPort: config.GRPC_PORT,
    doors: { hosts: config.ALLOWED_HOSTS, origins: config.ALLOWED_ORIGINS },
    region: config.AWS_REGION,
    table: config.COXSWAIN_TABLE,
    dynamodb: engineOf(config),
    ...chooseGitHub(config, meantBy(env, config.STAND_INS)),
    webhookSecret: config.GITHUB_WEBHOOK_SECRET,
    tokens: config.COXSWAIN_TOKENS,
    pollSeconds: config.GITHUB_POLL_INTERVAL,
    agentHub: AGENT_HUB_URL ?? (standIns ? undefined : NO_HUB),
    gateCheckSeconds: config.GATE_CHECK_INTERVAL,
    sweepSeconds: config.SWEEP_INTERVAL,
    workerCheckSeconds: config.WORKER_HEALTH_CHECK_INTERVAL,
    allowed: config.ALLOW_PRIVATE_URLS,
    upstream: {
      project: PROJECT_SERVICE_URL,
      backlog: BACKLOG_SERVICE_URL,
      sprint: SPRINT_SERVICE_URL,
      chronicle: CHRONICLE_SERVICE_URL,
    },
    cluster: cluster ?? (standIns ? undefined : {}),
    namespace: config.K8S_NAMESPACE,
    standIns,
    hasProjects: hasServices && hasCluster,
    eventBus: busOf(config),
    councils: { STAND_INS: config.STAND_INS, ALLOW_OFFLINE_AGENTS: config.ALLOW_OFFLINE_AGENTS },
  }
}

/** Whether stand-ins were asked for, or are only what happens when nothing is said. */
function meantBy(env: Environment, standIns: 'on' | 'off'): StandIns {
  return env['STAND_INS']?.trim() ? standIns : 'unset'
}

/** True when each service has an address, false when none has. Throws AppError `invalid` for some of them. */
function areSet(services: Readonly<Record<string, string | undefined>>): boolean {
  const missing = Object.keys(services).filter((name) => services[name] === undefined)
  if (missing.length === 0 || missing.length === Object.keys(services).length) return missing.length === 0
  throw new AppError(
    'invalid',
    `STAND_INS is off, so the services are needed together: set ${missing.join(' and ')} as well, or none of the four.`,
  )
}

/** The variables that name a bus; without a name and without stand-ins nobody is told. */
function busOf(config: {
  readonly EVENT_BUS_NAME?: string | undefined
  readonly EVENTBRIDGE_ENDPOINT?: string | undefined
  readonly STAND_INS: string
}): Record<string, string> | undefined {
  const { EVENT_BUS_NAME: name, EVENTBRIDGE_ENDPOINT: endpoint } = config
  if (name === undefined) return config.STAND_INS === 'off' ? {} : undefined
  return { EVENT_BUS_NAME: name, ...(endpoint !== undefined && { EVENTBRIDGE_ENDPOINT: endpoint }) }
}

function engineOf(config: {
  readonly DYNAMODB_ENDPOINT?: string | undefined
  readonly DYNAMODB_ACCESS_KEY_ID: string
}): StackSettings['dynamodb'] {
  const { DYNAMODB_ENDPOINT: endpoint, DYNAMODB_ACCESS_KEY_ID: accessKeyId } = config
  return endpoint === undefined ? undefined : { endpoint, accessKeyId }
}

/** The variables that name a cluster, if any does. */
function clusterOf(config: {
  readonly K8S_API_URL?: string | undefined
  readonly K8S_TOKEN?: string | undefined
  readonly K8S_CA?: string | undefined
  readonly EKS_CLUSTER_NAME?: string | undefined
  readonly KUBECONFIG?: string | undefined
  readonly K8S_NAMESPACE: string
}): Record<string, string> | undefined {
  const { K8S_API_URL, K8S_TOKEN, K8S_CA, EKS_CLUSTER_NAME, KUBECONFIG, K8S_NAMESPACE } = config
  const named = Object.entries({ K8S_API_URL, K8S_TOKEN, K8S_CA, EKS_CLUSTER_NAME, KUBECONFIG }).flatMap(
    ([name, value]) => (value === undefined ? [] : [[name, value] as const]),
  )
  return named.length === 0 ? undefined : Object.fromEntries([...named, ['K8S_NAMESPACE', K8S_NAMESPACE] as const])
}

function areTokens(text: string): boolean {
  try {
    return parseDevTokens(text).size > 0
  } catch {
    return false
  }
}

/** True when only this machine can reach `host`. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}

/** The address under which this machine reaches a server that listens on `host`. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

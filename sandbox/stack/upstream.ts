/** The project, backlog, sprint and Chronicle services: those that are configured, or stand-ins with a demo organisation. */
import { join } from 'node:path'
import { startUpstream as startStandIn } from '../upstream/server.ts'
import type { Part, StandInEntrance } from './part.ts'
import { freePort } from './ports.ts'

const VARIABLES = {
  project: 'PROJECT_SERVICE_URL',
  backlog: 'BACKLOG_SERVICE_URL',
  sprint: 'SPRINT_SERVICE_URL',
  chronicle: 'CHRONICLE_SERVICE_URL',
} as const

type Service = keyof typeof VARIABLES
const SERVICES = Object.keys(VARIABLES) as readonly Service[]

export interface UpstreamPart extends Part {
  readonly isStandIn: boolean
  /** What the functions are to be told. */
  readonly env: Readonly<Record<string, string>>
}

export interface UpstreamOptions {
  /** Those that have an address; a stand-in takes the place of each other one. */
  readonly configured: Readonly<Partial<Record<Service, string | undefined>>>
  /** False: what has no address is not there. */
  readonly standIns: boolean
  readonly dataDir: string
  readonly preferred: number
  readonly entrance: StandInEntrance
}

export async function startUpstream({ configured, standIns, ...rest }: UpstreamOptions): Promise<UpstreamPart> {
  const isWhole = SERVICES.every((service) => configured[service] !== undefined)
  if (isWhole || !standIns) {
    const name = isWhole ? 'upstream services' : 'no upstream services'
    return { name, isStandIn: false, env: envOf(configured), stop: async () => undefined }
  }
  const port = await freePort(rest.preferred)
  const standIn = await startStandIn({ ...rest.entrance, port, dataDir: join(rest.dataDir, 'upstream') })
  standIn.seed.demo()
  const env = envOf({ ...standIn.urls, ...defined(configured) })
  return { name: 'upstream stand-ins', url: standIn.url, isStandIn: true, env, stop: standIn.close }
}

function envOf(urls: Readonly<Partial<Record<Service, string | undefined>>>): Record<string, string> {
  return Object.fromEntries(SERVICES.map((service) => [VARIABLES[service], urls[service] ?? '']))
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>
}

/** What the environment asks of the local stack, checked as a whole before anything starts. */
import { resolve } from 'node:path'
import * as z from 'zod/mini'
import { parseDevTokens } from '#lib/auth/tokens'
import { type Environment, readConfig, settings, whole } from '#lib/config'
import { AppError } from '#lib/errors'

/** Everything a host name or an address may consist of; what it means is for the system to find out. */
const HOST = /^[A-Za-z0-9.:-]{1,253}$/
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/

const devTokens = z.pipe(
  z.string().check(z.refine(areTokens, 'must be written reader=<token>,worker=<token>,operator=<token>')),
  z.transform(parseDevTokens),
)

const shape = {
  ...settings,
  COXSWAIN_TABLE: z._default(settings.COXSWAIN_TABLE, 'coxswain'),
  COXSWAIN_DATA_DIR: z._default(z.string(), '.local'),
  COXSWAIN_TOKENS: z._default(devTokens, new Map()),
  ORCHESTRATOR_HOST: z._default(z.string().check(z.regex(HOST, 'must be a host name or an address')), '127.0.0.1'),
  /** 0 takes any free port. */
  ORCHESTRATOR_PORT: whole(8000, { min: 0, max: 65_535 }),
  STAND_INS: z._default(z.enum(['on', 'off'], 'must be on or off'), 'on'),
}

export interface StackSettings {
  /** Absolute. */
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly region: string
  readonly table: string
  /** An engine that runs already; undefined starts the embedded one. */
  readonly dynamodb: string | undefined
  /** Undefined starts the stand-in. */
  readonly github:
    | { readonly apiUrl: string; readonly token: string; readonly repositories: readonly string[] }
    | undefined
  readonly tokens: ReturnType<typeof parseDevTokens>
  readonly pollSeconds: number
  /** What the person who started it may not have meant. */
  readonly remarks: readonly string[]
}

/** Throws AppError `invalid` that names everything that is wrong. */
export function readSettings(env: Environment): StackSettings {
  const config = readConfig(shape, env)
  const repositories = [...new Set([...config.GITHUB_REPO, ...config.GITHUB_REPOS])]
  const token = config.GITHUB_TOKEN
  const github =
    token !== undefined && repositories.length > 0 ? { apiUrl: config.GITHUB_API_URL, token, repositories } : undefined
  if (github === undefined && config.STAND_INS === 'off') {
    throw new AppError('invalid', 'STAND_INS is off, so GITHUB_TOKEN and GITHUB_REPO (or GITHUB_REPOS) must be set.')
  }
  return {
    dataDir: resolve(config.COXSWAIN_DATA_DIR),
    host: config.ORCHESTRATOR_HOST,
    port: config.ORCHESTRATOR_PORT,
    region: config.AWS_REGION,
    table: config.COXSWAIN_TABLE,
    dynamodb: config.DYNAMODB_ENDPOINT,
    github,
    tokens: config.COXSWAIN_TOKENS,
    pollSeconds: config.GITHUB_POLL_INTERVAL,
    remarks: [
      ...(github === undefined && token !== undefined ? ['GITHUB_TOKEN is set but GITHUB_REPO is not'] : []),
      ...(github === undefined && repositories.length > 0 ? ['GITHUB_REPO is set but GITHUB_TOKEN is not'] : []),
    ].map((half) => `${half}, so the stand-in takes GitHub's place.`),
  }
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

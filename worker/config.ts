/** The worker's configuration: one schema over the environment, every problem reported at once by name, no value quoted. */
import { resolve } from 'node:path'
import * as z from 'zod'
import { seconds } from '#lib/clock'
import { AppError, type FieldError } from '#lib/errors'
import { parseArgv } from './argv.ts'
import { LEVELS, type Level } from './log.ts'
import { CREDENTIALS, type CredentialName, type Source, type Sources } from './secrets/credentials.ts'
import type { Environment } from './start/environment.ts'

/** Claude Code without a terminal, allowed to edit the clone it is started in. */
const DEFAULT_COMMAND = 'claude -p --permission-mode acceptEdits'

/** What every command may see. */
const COMMAND_BASICS = ['PATH', 'HOME', 'LANG', 'TERM']

/** What Git needs of the machine where it reaches no network. */
const GIT_BASICS = ['PATH', 'HOME']

/** Addresses of proxies, which may hold a password. */
const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']

/** What Git needs to reach the network as the machine's administrator set it up. */
const GIT_NETWORK = [...GIT_BASICS, ...PROXIES, 'NO_PROXY', 'no_proxy', 'GIT_SSL_CAINFO', 'SSL_CERT_FILE']

/** Variables whose values are secret when the command is given them. */
const SECRET_NAME = /TOKEN|SECRET|KEY|PASSW|CREDENTIAL/i

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** A day: no poll interval and no command is longer than that. */
const LONGEST = 86_400

const duration = (least: number, fallback: number) =>
  z.coerce
    .number('must be a number of seconds')
    .min(least, `must be at least ${least} seconds`)
    .max(LONGEST, `must be at most ${LONGEST} seconds`)
    .default(fallback)

const names = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a comma-separated list of variable names')))

/** Patterns of .gitignore; a comma separates them. */
const patterns = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((pattern) => pattern.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.string().regex(/^[^\0\r\n]{1,200}$/, 'must be a comma-separated list of patterns as in .gitignore')))

const hosts = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((host) => host.trim().toLowerCase())
      .filter(Boolean),
  )
  .pipe(z.array(z.string().regex(/^[a-z0-9.-]{1,253}(?::\d{1,5})?$/, 'must be a comma-separated list of hosts')))

const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must be printable and without blanks')
  .optional()

/** Every variable of the worker; `start/settings.ts` says what each means. */
export const schema = z.object({
  WORKER_ID: z.string('is missing').regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -'),
  ORCHESTRATOR_URL: z.string('is missing'),
  ORCHESTRATOR_TOKEN: token,
  ORCHESTRATOR_TOKEN_FILE: z.string().optional(),
  WORKSPACE_DIR: z.string().default('./workspace'),
  WORKER_POLL_INTERVAL: duration(0.2, 30),
  LOG_LEVEL: z
    .string()
    .default('info')
    .transform((level) => level.toLowerCase().replace('warning', 'warn'))
    .pipe(z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`)),
  WORKER_COMMAND: z.string().default(DEFAULT_COMMAND),
  WORKER_COMMAND_TIMEOUT: duration(1, 3600),
  WORKER_COMMAND_USER: z
    .string()
    .regex(/^(?:[A-Za-z_][A-Za-z0-9_.-]{0,31}|\d{1,10})$/, "must be a user's name or number")
    .optional(),
  WORKER_PASS_ENV: names,
  WORKER_IGNORE: patterns,
  WORKER_SUBMODULE_HOSTS: hosts,
  WORKER_MAX_JOBS: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(0, 'must not be negative')
    .default(0),
  GITHUB_TOKEN: token,
  GITHUB_TOKEN_FILE: z.string().optional(),
  GITHUB_API_URL: z.string().default('https://api.github.com'),
  GIT_BASE_URL: z.string().optional(),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_API_KEY_FILE: z.string().optional(),
  ALLOW_PRIVATE_URLS: z.string().default(''),
})

type Raw = z.infer<typeof schema>

export interface WorkerConfig {
  readonly workerId: string
  readonly orchestrator: { readonly url: string }
  readonly github: { readonly apiUrl: string; readonly gitUrl: string }
  readonly credentials: Sources
  /** Absolute. */
  readonly workspace: string
  readonly pollIntervalMs: number
  readonly maxJobs: number
  readonly logLevel: Level
  readonly command: {
    readonly argv: readonly [string, ...string[]]
    /** Claude Code takes its instructions from standard input. */
    readonly prompt: boolean
    readonly timeoutMs: number
    readonly env: Readonly<Record<string, string>>
    /** Credentials that it may see as well and that lie in files. */
    readonly credentials: readonly CredentialName[]
    /** Name or number of the user that it runs as; undefined for the worker's own. */
    readonly user: string | undefined
  }
  /** Patterns of files that are never committed, beside the usual ones. */
  readonly ignore: readonly string[]
  /** Hosts that submodules may be fetched from, beside GitHub's. */
  readonly submoduleHosts: readonly string[]
  readonly gitEnv: Readonly<Record<string, string>>
  /** For calls in the command's clone, whose configuration names programs that would see it. */
  readonly localGitEnv: Readonly<Record<string, string>>
  /** Secret values beside the credentials, to be masked. */
  readonly secrets: readonly string[]
}

/** Reads `env`. Throws AppError `invalid` whose `errors` and message name every variable that is wrong. */
export function readConfig(env: Environment): WorkerConfig {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  const parsed = schema.safeParse(given)
  const problems: FieldError[] = (parsed.error?.issues ?? []).map(({ path, message }) => ({
    path: String(path[0] ?? ''),
    message,
  }))
  const wrong = new Set(problems.map(({ path }) => path))
  problems.push(...laterProblems(given).filter(({ path }) => !wrong.has(path)))
  if (!parsed.success || problems.length > 0) throw refusal(problems)
  return configOf(parsed.data, given)
}

/** What a single field's schema cannot see. */
function laterProblems(given: Record<string, string | undefined>): FieldError[] {
  const problems: FieldError[] = []
  const allowed = (given['ALLOW_PRIVATE_URLS'] ?? '').split(',').map((entry) => entry.trim())
  for (const name of ['ORCHESTRATOR_URL', 'GITHUB_API_URL', 'GIT_BASE_URL']) {
    const url = given[name]
    if (url !== undefined && !isSafeUrl(url, allowed)) {
      problems.push({
        path: name,
        message: 'must be an https URL without credentials (http only for loopback or ALLOW_PRIVATE_URLS)',
      })
    }
  }
  const has = (name: CredentialName) => given[name] !== undefined || given[`${name}_FILE`] !== undefined
  if (!has('ORCHESTRATOR_TOKEN')) problems.push({ path: 'ORCHESTRATOR_TOKEN', message: 'is missing' })
  const api = given['GITHUB_API_URL'] ?? 'https://api.github.com'
  if (!has('GITHUB_TOKEN') && !isLoopback(api)) problems.push({ path: 'GITHUB_TOKEN', message: 'is missing' })
  try {
    parseArgv(given['WORKER_COMMAND'] ?? DEFAULT_COMMAND)
  } catch {
    problems.push({ path: 'WORKER_COMMAND', message: 'has an open quote or names no program' })
  }
  return problems
}

function isSafeUrl(text: string, allowed: readonly string[]): boolean {
  const url = URL.parse(text)
  if (!url || [url.username, url.password, url.search, url.hash].some((part) => part !== '')) return false
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && (LOOPBACK.test(url.hostname) || allowed.includes(url.host)))
  )
}

function isLoopback(text: string): boolean {
  return LOOPBACK.test(URL.parse(text)?.hostname ?? '')
}

function configOf(raw: Raw, env: Environment): WorkerConfig {
  const argv = parseArgv(raw.WORKER_COMMAND)
  const ownCommand = raw.WORKER_COMMAND === DEFAULT_COMMAND
  const visible = [...COMMAND_BASICS, ...raw.WORKER_PASS_ENV, ...(ownCommand ? ['ANTHROPIC_API_KEY'] : [])]
  const credentials = sourcesOf(raw)
  return {
    workerId: raw.WORKER_ID,
    orchestrator: { url: raw.ORCHESTRATOR_URL },
    github: {
      apiUrl: raw.GITHUB_API_URL,
      gitUrl: raw.GIT_BASE_URL ?? gitUrlOf(raw.GITHUB_API_URL),
    },
    credentials,
    workspace: resolve(raw.WORKSPACE_DIR),
    pollIntervalMs: seconds(raw.WORKER_POLL_INTERVAL),
    maxJobs: raw.WORKER_MAX_JOBS,
    logLevel: raw.LOG_LEVEL,
    command: {
      argv,
      prompt: /(?:^|[\\/])claude$/.test(argv[0]),
      timeoutMs: seconds(raw.WORKER_COMMAND_TIMEOUT),
      env: pick(env, visible),
      credentials: CREDENTIALS.filter((name) => visible.includes(name) && credentials[name].file !== undefined),
      user: raw.WORKER_COMMAND_USER,
    },
    ignore: raw.WORKER_IGNORE,
    submoduleHosts: raw.WORKER_SUBMODULE_HOSTS,
    gitEnv: pick(env, GIT_NETWORK),
    localGitEnv: pick(env, GIT_BASICS),
    secrets: [
      ...valuesOf(
        env,
        raw.WORKER_PASS_ENV.filter((name) => SECRET_NAME.test(name)),
      ),
      ...valuesOf(env, PROXIES).flatMap(passwordOf),
    ],
  }
}

const valuesOf = (env: Environment, wanted: readonly string[]): string[] => Object.values(pick(env, wanted))

/** As it stands in an address, and as it is meant; none for an address without one. */
function passwordOf(address: string): string[] {
  const password = URL.parse(address)?.password ?? ''
  if (password === '') return []
  try {
    return [...new Set([password, decodeURIComponent(password)])]
  } catch {
    return [password]
  }
}

function sourcesOf(raw: Raw): Sources {
  const source = (name: CredentialName): Source => {
    const file = raw[`${name}_FILE`]
    return { value: raw[name], file: file && resolve(file) }
  }
  return {
    GITHUB_TOKEN: source('GITHUB_TOKEN'),
    ORCHESTRATOR_TOKEN: source('ORCHESTRATOR_TOKEN'),
    ANTHROPIC_API_KEY: source('ANTHROPIC_API_KEY'),
  }
}

/**
 * Where repositories are cloned from, given where the API is. GitHub itself and tenants of ghe.com serve their API from a
 * sibling host, Enterprise Server from its own.
 */
function gitUrlOf(apiUrl: string): string {
  const { hostname, host, origin } = new URL(apiUrl)
  const isSibling = hostname === 'api.github.com' || /^api\.[a-z0-9-]+\.ghe\.com$/.test(hostname)
  return isSibling ? `https://${host.slice('api.'.length)}` : origin
}

function pick(env: Environment, wanted: readonly string[]): Record<string, string> {
  const found = wanted.map((name) => [name, env[name]] as const)
  return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

function refusal(errors: readonly FieldError[]): AppError {
  const list = errors.map(({ path, message }) => `  ${path} ${message}`).join('\n')
  const count = errors.length === 1 ? 'a problem' : `${errors.length} problems`
  return new AppError('invalid', `The worker's configuration has ${count}:\n${list}`, { errors })
}

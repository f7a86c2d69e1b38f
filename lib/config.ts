/** The only reader of the environment in lib and functions: typed settings, every problem reported at once by name. */
import * as z from 'zod/mini'
import { AppError, type FieldError } from '#lib/errors'
import { optionalWord } from '#lib/forms'

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables by name, each with the schema (of zod or zod/mini) that reads its text. */
export type Shape = Readonly<Record<string, z.core.$ZodType>>

export type Config<S extends Shape> = { readonly [Name in keyof S]: z.core.output<S[Name]> }

/** Names whose values are never shown, not even when they are wrong. */
const SECRET_NAME = /TOKEN|SECRET|KEY|PASSWORD|WEBHOOK/
/** Its address holds a password as a rule, and what is no address may be the password alone. */
const MAY_HOLD_PASSWORD = 'REDIS_URL'
/** A wrong value is quoted up to this many characters. */
const QUOTED_MAX = 60

/**
 * Reads the variables of `shape`; one that is empty counts as unset.
 * Throws `invalid` naming every variable that is missing or wrong. Called at module scope, so that a function with a bad
 * configuration does not start.
 */
export function readConfig<S extends Shape>(shape: S, env: Environment = process.env): Config<S> {
  const values: Record<string, unknown> = {}
  const errors: FieldError[] = []
  for (const [name, schema] of Object.entries(shape)) {
    const text = env[name]?.trim() || undefined
    const read = z.safeParse(schema, text)
    if (read.success) values[name] = read.data
    else
      errors.push(...read.error.issues.map((issue) => ({ path: name, message: complaint(name, text, issue.message) })))
  }
  if (errors.length === 0) return values as Config<S>
  const list = errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new AppError('invalid', `The configuration is wrong. ${list}`, { errors })
}

/** True for a variable whose value is kept out of messages and files. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

function complaint(name: string, text: string | undefined, message: string): string {
  if (text === undefined) return 'is not set'
  return isSecretName(name) || name === MAY_HOLD_PASSWORD ? message : `${message}, got "${quotable(text)}"`
}

/** The value without the user and password of a URL, and not longer than a line. */
function quotable(text: string): string {
  const plain = text.replace(/\/\/[^/@]*@/g, '//***@')
  return plain.length > QUOTED_MAX ? `${plain.slice(0, QUOTED_MAX)}…` : plain
}

/** A whole number within bounds. */
export function whole(fallback: number, { min, max }: { readonly min: number; readonly max: number }) {
  const fits = (text: string) => /^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max
  const text = z.string().check(z.refine(fits, `must be a whole number from ${min} to ${max}`))
  return z._default(z.pipe(text, z.transform(Number)), fallback)
}

/** Text that is missing when unset. */
export const optionalText = z.optional(z.string())

/** An http or https address without a trailing slash; undefined when unset. */
export const optionalUrl = z.optional(url(['http:', 'https:'], 'must be an http or https address'))

/** An https address, or http on this very machine, without a trailing slash. */
const secureUrl = url(['https:'], 'must be an https address (http only on this machine)')

function url(protocols: readonly string[], message: string) {
  const fits = (text: string) => {
    const parsed = URL.parse(text)
    if (parsed === null || parsed.username !== '' || parsed.password !== '') return false
    return protocols.includes(parsed.protocol) || (parsed.protocol === 'http:' && isLoopback(parsed.hostname))
  }
  const withoutSlash = z.transform((text: string) => text.replace(/(?<!\/)\/+$/, ''))
  return z.pipe(z.string().check(z.refine(fits, message)), withoutSlash)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/

/** `owner/repo` names separated by commas, lower-cased, each once; empty when unset. */
const repositories = z._default(
  z.pipe(
    z.string().check(z.refine((text) => listed(text).every((one) => REPOSITORY.test(one)), 'must be owner/repo names')),
    z.transform((text: string) => [...new Set(listed(text).map((one) => one.toLowerCase()))]),
  ),
  [],
)

/** Entries separated by commas, each of the form `fits`; `fallback` when unset. */
function list(fallback: readonly string[], fits: (entry: string) => boolean, message: string) {
  const areGood = (text: string) => listed(text).length > 0 && listed(text).every(fits)
  return z._default(z.pipe(z.string().check(z.refine(areGood, message)), z.transform(listed)), [...fallback])
}

/** GitHub takes 50 characters, among them spaces and emoji. */
const isLabel = (text: string) => text.length <= 50 && !/\p{Cc}/u.test(text)
/** Of people, of bots (`renovate[bot]`), and of users that a company manages (`ada_acme`). */
const isLogin = (text: string) => /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})(?:\[bot\])?$/.test(text)

function listed(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

const PLACE = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253}):\d{1,5}$/

/** `host:port` pairs separated by commas, in lower case; an entry of any other form would allow nothing. */
const places = z._default(
  z.pipe(
    z
      .string()
      .check(
        z.refine(
          (text) => listed(text.toLowerCase()).every((one) => PLACE.test(one)),
          'must be host:port pairs separated by commas, e.g. localhost:8001,[::1]:9000',
        ),
      ),
    z.transform((text: string) => listed(text.toLowerCase())),
  ),
  [],
)

const LOG_LEVELS = { DEBUG: 'DEBUG', INFO: 'INFO', WARN: 'WARN', WARNING: 'WARN', ERROR: 'ERROR' } as const
export type LogLevel = (typeof LOG_LEVELS)[keyof typeof LOG_LEVELS]

const logLevel = z.pipe(
  z
    .string()
    .check(z.refine((text) => Object.hasOwn(LOG_LEVELS, text.toUpperCase()), 'must be DEBUG, INFO, WARN or ERROR')),
  z.transform((text: string): LogLevel => LOG_LEVELS[text.toUpperCase() as keyof typeof LOG_LEVELS]),
)

/** An amount of dollars above 0; undefined when unset. */
const optionalDollars = z.optional(
  z.pipe(
    z
      .string()
      .check(
        z.refine(
          (text) => /^\d{1,9}(\.\d{1,6})?$/.test(text) && Number(text) > 0,
          'must be an amount above 0, e.g. 2.50',
        ),
      ),
    z.transform(Number),
  ),
)

/** `true` or `false`; undefined when unset. */
const optionalSwitch = z.optional(
  z.pipe(
    z.enum(['true', 'false'], 'must be true or false'),
    z.transform((text) => text === 'true'),
  ),
)

/** `true` or `false`; false when unset. */
export const flag = z._default(
  z.pipe(
    z.enum(['true', 'false'], 'must be true or false'),
    z.transform((text) => text === 'true'),
  ),
  false,
)

const DAY = 86_400

/** The settings more than one job reads. Durations are in seconds. */
export const settings = {
  /** Lambda sets it; a local engine takes any. */
  AWS_REGION: z._default(
    z.string().check(z.regex(/^[a-z][a-z0-9-]{1,31}$/, 'must be a region of AWS, e.g. eu-central-1')),
    'eu-central-1',
  ),
  COXSWAIN_TABLE: z.string().check(z.regex(/^[A-Za-z0-9_.-]{3,255}$/, 'must be a DynamoDB table name')),
  DYNAMODB_ENDPOINT: optionalUrl,
  /**
   * This is a laptop: what opens a door here alone asks for this word, and for nothing that could mean something else.
   * The local stack says it to its children. It stands in no template, so that no deployment carries it.
   */
  COXSWAIN_LOCAL: flag,
  /** The access key that the engine at DYNAMODB_ENDPOINT wants to see; without that address it is not used. */
  DYNAMODB_ACCESS_KEY_ID: z._default(
    z.string().check(z.regex(/^[A-Za-z0-9]{1,128}$/, 'must be letters and digits')),
    'local',
  ),
  /** Drawn at each start of the local stack, which seals with it what it sends to its functions. Unset on AWS. */
  COXSWAIN_LOCAL_KEY: optionalText,
  LOG_LEVEL: z._default(logLevel, 'INFO'),
  LEASE_SECONDS: whole(600, { min: 1, max: DAY }),
  MAX_ATTEMPTS: whole(2, { min: 1, max: 100 }),
  MAX_WORKER_LOST: whole(3, { min: 1, max: 100 }),
  RETRY_DELAY_SECONDS: whole(0, { min: 0, max: DAY }),
  /** Finished pull requests that may await review in one repository. */
  MAX_PENDING_PRS: whole(5, { min: 1, max: 10_000 }),
  GITHUB_POLL_INTERVAL: whole(60, { min: 1, max: DAY }),
  WORKER_HEALTH_CHECK_INTERVAL: whole(30, { min: 1, max: DAY }),
  GITHUB_TOKEN: optionalWord,
  GITHUB_REPO: repositories,
  GITHUB_REPOS: repositories,
  GITHUB_API_URL: z._default(secureUrl, 'https://api.github.com'),
  GITHUB_ISSUE_LABELS: list(['ai-ready'], isLabel, 'must be labels separated by commas, each of at most 50 characters'),
  /** A GitHub App in the token's place: the key as PEM text (`\n` written out is understood) or as a path to it. */
  GITHUB_APP_ID: z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9.]{1,64}$/, 'must be the number or the client id of the App')),
  ),
  GITHUB_APP_PRIVATE_KEY: optionalText,
  /** Looked up by repository when unset. */
  GITHUB_APP_INSTALLATION_ID: z.optional(z.string().check(z.regex(/^[1-9]\d{0,14}$/, 'must be a number'))),
  GITHUB_WEBHOOK_SECRET: optionalText,
  /** Unset: only where GitHub is not on this very machine. */
  REQUIRE_TRUSTED_LABELER: optionalSwitch,
  /** Logins that are trusted without being asked for their rights, e.g. of a bot. */
  TRUSTED_LABELERS: list([], isLogin, 'must be GitHub logins separated by commas, e.g. ada,renovate[bot]'),
  BUDGET_USD_PER_JOB: optionalDollars,
  BUDGET_USD_PER_DAY: optionalDollars,
  /** The most workers that are ever wanted. */
  MAX_WORKERS: whole(10, { min: 1, max: 10_000 }),
  AGENT_HUB_URL: optionalUrl,
  /** `host:port` of loopback and private addresses that may be called although a user named them, in lower case. */
  ALLOW_PRIVATE_URLS: places,
  /** A JSON file of workflow definitions beside the built-in ones. */
  WORKFLOW_DEFINITIONS: optionalText,
  GATE_CHECK_INTERVAL: whole(60, { min: 1, max: DAY }),
  /** A tenth below GitHub's limits on content: the rest is for people and workers who share the token. */
  GITHUB_WRITES_PER_MINUTE: whole(70, { min: 2, max: 100_000 }),
  GITHUB_WRITES_PER_HOUR: whole(450, { min: 2, max: 1_000_000 }),
} as const

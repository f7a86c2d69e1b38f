/** Runs git: no shell, no prompts, no hooks, and the token only in the environment of the calls that need the network. */
import { execFile } from 'node:child_process'
import { minutes } from '#lib/clock'
import { AppError } from '#lib/errors'
import { basicCredentials, type Mask } from './mask.ts'
import { tailOf } from './words.ts'

/** A clone of a very large repository may take this long; nothing else comes near. */
const GIT_TIMEOUT = minutes(15)

/** Output beyond this is no answer to anything we ask. */
const LARGEST_OUTPUT = 64_000_000

/** Characters of git's complaint that an error quotes. */
const QUOTED = 2000

/** Marks the commits that a worker made or pushed. */
export const WORKER_EMAIL = 'coxswain-worker@noreply.invalid'

/** Settings of every call. They win over system, user and repository configuration. */
const SETTINGS: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'credential.helper': '',
  'commit.gpgSign': 'false',
  // What the command stored is judged as it stands; a machine's own rule for line endings would rewrite it.
  'core.autocrlf': 'false',
  'core.safecrlf': 'false',
  'http.followRedirects': 'false',
  'protocol.ext.allow': 'never',
  'gc.auto': '0',
  'maintenance.auto': 'false',
}

export interface GitCall {
  /** Give this call the token. */
  readonly credentials?: boolean
  readonly input?: string
  readonly signal?: AbortSignal
  /** Output and input are bytes, one character each, instead of UTF-8: for paths. */
  readonly bytes?: boolean
  /** Exit codes that are an answer rather than an error; 0 always is. */
  readonly answers?: readonly number[]
}

export type Git = (args: readonly string[], call?: GitCall) => Promise<{ code: number; stdout: string }>

export interface GitOptions {
  /** Base of the remotes, e.g. `https://github.com`; the token is sent nowhere else. */
  readonly url: string
  readonly token: string | null
  /** What git may see of the machine: PATH, HOME, proxies. */
  readonly env: Readonly<Record<string, string>>
  readonly author: string
}

/** Throws AppError `upstream_unavailable` with the masked complaint of git when a call fails. */
export function createGit({ mask }: { readonly mask: Mask }, options: GitOptions): Git {
  const plain = environmentOf(options, SETTINGS)
  const entrusted = environmentOf(options, { ...SETTINGS, ...credentialSettings(options) })

  return (args, { credentials = false, input = '', bytes = false, signal, answers = [] } = {}) =>
    new Promise((resolve, reject) => {
      const child = execFile(
        'git',
        args,
        {
          env: credentials ? entrusted : plain,
          timeout: GIT_TIMEOUT,
          killSignal: 'SIGKILL',
          maxBuffer: LARGEST_OUTPUT,
          encoding: bytes ? 'latin1' : 'utf8',
          ...(signal ? { signal } : {}),
        },
        (error, stdout, stderr) => {
          const code = error ? error.code : 0
          if (typeof code === 'number' && (code === 0 || answers.includes(code))) resolve({ code, stdout })
          else reject(failure(args, tailOf(mask(stderr.trim()), QUOTED), error))
        },
      )
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input, bytes ? 'latin1' : 'utf8')
    })
}

/** `http.<base>.extraHeader`, so that the token is in no argument, URL or file. */
function credentialSettings({ url, token }: GitOptions): Record<string, string> {
  if (token === null) return {}
  const basic = Buffer.from(basicCredentials(token)).toString('base64')
  return { [`http.${url.replace(/\/+$/, '')}/.extraHeader`]: `Authorization: Basic ${basic}` }
}

function environmentOf(
  { env, author }: GitOptions,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = {
    ...env,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ALLOW_PROTOCOL: 'http:https:file',
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: WORKER_EMAIL,
    GIT_COMMITTER_NAME: author,
    GIT_COMMITTER_EMAIL: WORKER_EMAIL,
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
  }
  for (const [index, [key, value]] of Object.entries(settings).entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return environment
}

/** Options of git itself that are followed by a value of their own. */
const WITH_VALUE = ['-C', '-c']

/** The first argument that is no option of git itself names what git was doing. */
function verbOf(args: readonly string[]): string {
  return args.find((arg, at) => !arg.startsWith('-') && !WITH_VALUE.includes(args[at - 1] ?? '')) ?? ''
}

function failure(args: readonly string[], complaint: string, cause: unknown): AppError {
  return new AppError('upstream_unavailable', `git ${verbOf(args)} failed: ${complaint || 'no explanation'}`, {
    cause: new Error(complaint, { cause: cause instanceof Error ? cause.name : undefined }),
  })
}

/** Runs git: no shell, no prompts, no hooks, and the token only in the environment of the calls that need the network. */
import { type ExecFileOptions, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { minutes } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Mask } from './mask.ts'
import { basicCredentials } from './secrets/needles.ts'
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
  /** Takes the output as it comes, however long it is; `stdout` is empty then. */
  readonly onChunk?: (chunk: Buffer) => void
}

export type Git = (args: readonly string[], call?: GitCall) => Promise<{ code: number; stdout: string }>

/** Asked for at each call that needs it, so that a replaced token counts at once. */
export type TokenSource = string | null | (() => Promise<string | null>)

export interface GitOptions {
  /** Base of the remotes, e.g. `https://github.com`; the token is sent nowhere else. */
  readonly url: string
  readonly token: TokenSource
  /** What git may see of the machine: PATH, HOME, proxies. */
  readonly env: Readonly<Record<string, string>>
  readonly author: string
  /** Runs git as this user instead of the worker's own. */
  readonly as?: { readonly uid: number; readonly gid: number }
}

/** Throws AppError `upstream_unavailable` with the masked complaint of git when a call fails. */
export function createGit({ mask }: { readonly mask: Mask }, options: GitOptions): Git {
  const { url, as } = options
  const plain = environmentOf(options, SETTINGS)
  const entrusted = async () =>
    environmentOf(options, { ...SETTINGS, ...credentialSettings(url, await tokenOf(options)) })

  return async (args, call = {}) => {
    const { credentials = false, input = '', bytes = false, signal, answers = [], onChunk } = call
    const settings = {
      env: credentials ? await entrusted() : plain,
      timeout: GIT_TIMEOUT,
      killSignal: 'SIGKILL',
      ...(signal && { signal }),
      // Another user may not be let into the folder that the worker was started in.
      ...(as && { ...as, cwd: '/' }),
    } as const
    const child = { args, input: Buffer.from(input, bytes ? 'latin1' : 'utf8'), settings }
    const end = onChunk ? await stream(child, onChunk) : await collect(child, bytes ? 'latin1' : 'utf8')
    if (typeof end.code === 'number' && (end.code === 0 || answers.includes(end.code))) {
      return { code: end.code, stdout: end.stdout }
    }
    throw failure(args, tailOf(mask(end.stderr.trim()), QUOTED), end)
  }
}

interface Child {
  readonly args: readonly string[]
  readonly input: Buffer
  readonly settings: ExecFileOptions & { readonly signal?: AbortSignal }
}

/** How a call of git ended; `code` is text for one that could not be started, null for one that was killed. */
interface End {
  readonly code: number | string | null
  readonly stdout: string
  readonly stderr: string
  readonly error?: Error
}

function collect({ args, input, settings }: Child, encoding: BufferEncoding): Promise<End> {
  return new Promise((resolve) => {
    const options = { ...settings, maxBuffer: LARGEST_OUTPUT, encoding }
    const child = execFile('git', args, options, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr, ...(error && { error }) })
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

async function stream({ args, input, settings }: Child, onChunk: (chunk: Buffer) => void): Promise<End> {
  const child = spawn('git', args, { ...settings, stdio: 'pipe' })
  let stderr = ''
  child.stdout.on('data', onChunk)
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-QUOTED)
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  try {
    const [code] = await once(child, 'close')
    return { code, stdout: '', stderr }
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? null, stdout: '', stderr, error: error as Error }
  }
}

async function tokenOf({ token }: GitOptions): Promise<string | null> {
  return typeof token === 'function' ? token() : token
}

/** `http.<base>.extraHeader`, so that the token is in no argument, URL or file. */
function credentialSettings(url: string, token: string | null): Record<string, string> {
  if (token === null) return {}
  const basic = Buffer.from(basicCredentials(token)).toString('base64')
  return { [`http.${url.replace(/(?<!\/)\/+$/, '')}/.extraHeader`]: `Authorization: Basic ${basic}` }
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

function failure(args: readonly string[], complaint: string, { code, error }: End): AppError {
  if (code === 'ENOENT') {
    const what = 'git could not be started: it is not in PATH. Install git 2.38 or newer on this machine.'
    return new AppError('upstream_unavailable', what, { cause: error, details: { fault: 'machine' } })
  }
  return new AppError('upstream_unavailable', `git ${verbOf(args)} failed: ${complaint || 'no explanation'}`, {
    cause: new Error(complaint, { cause: error?.name }),
  })
}

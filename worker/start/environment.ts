/**
 * The environment that the worker was started with, taken out of reach of the command. `/proc/<pid>/environ` shows what a
 * program was started with for as long as it runs, so the worker starts itself anew in the same process (same id, same
 * parent) with an environment that holds no secret, and hands the whole of it over in a file without a name.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** Says to the second start that the environment lies in the file that is its standard input. */
const HANDED_OVER = 'COXSWAIN_WORKER_ENVIRONMENT'

/** What Node itself, its certificates and its clock need; nothing of it is a secret. */
const KEPT = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'NODE_NO_WARNINGS',
  'NODE_V8_COVERAGE',
]

/** SIGUSR1 of any process of this user would open a port through which the whole memory can be read. */
const NO_DEBUGGER = ['--disable-sigusr1']

/** With this set, Node reads the addresses of proxies when it starts. */
const USE_PROXIES = 'NODE_USE_ENV_PROXY'
const PROXIES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']

/** Linux: opens a file that never has a name. Not among the constants of Node; the same number on every architecture. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY

/** A folder in memory, where the machine has one. */
const IN_MEMORY = '/dev/shm'

export interface Started {
  readonly env: Environment
  /** The environment of this process still shows what it was started with. */
  readonly exposed: boolean
}

/** The only place where the worker reads its process's environment. */
export function environment(): Environment {
  return process.env
}

/** What this process was started with. The first call replaces the process where the system can do that, and never returns. */
export function takeEnvironment(): Started {
  const env = environment()
  if (env[HANDED_OVER] !== undefined && isHandedOver()) return { env: received(), exposed: false }
  if (typeof process.execve !== 'function') return { env, exposed: true }
  if (!handOver(env)) return { env, exposed: true }
  closeInherited()
  const args = [process.execPath, ...NO_DEBUGGER, ...process.execArgv, ...process.argv.slice(1)]
  return process.execve(process.execPath, args, { ...kept(env), [HANDED_OVER]: 'stdin' })
}

function kept(env: Environment): Record<string, string> {
  const names = env[USE_PROXIES] === undefined ? KEPT : [...KEPT, USE_PROXIES, ...PROXIES]
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

/** Standard input, which no worker reads: files that Node opens are closed when a process is replaced, but for the first three. */
const STDIN = 0

/** Puts `env` in the place of standard input. False when no file for it could be made. */
function handOver(env: Environment): boolean {
  closeSync(STDIN)
  const text = Buffer.from(JSON.stringify(env))
  if (waysToFile().some((open) => isWritten(open, text))) return true
  openSync('/dev/null', 'r')
  return false
}

/** False where no such file can be made, or has no room. The lowest free number is the file's own. */
function isWritten(open: () => number, text: Buffer): boolean {
  try {
    const file = open()
    try {
      // Written at a position, the file is still to be read from its beginning.
      if (writeSync(file, text, 0, text.length, 0) === text.length) return true
    } catch {
      // A full disk, or memory.
    }
    closeSync(file)
  } catch {
    // The next way.
  }
  return false
}

/** Ways to an open file without a name, readable by the processes of this user alone. */
function waysToFile(): readonly (() => number)[] {
  const { O_RDWR, O_CREAT, O_EXCL } = constants
  const named = join(tmpdir(), `coxswain-worker-${process.pid}`)
  return [
    () => openSync(IN_MEMORY, O_TMPFILE | O_RDWR, 0o600),
    () => {
      const file = openSync(named, O_RDWR | O_CREAT | O_EXCL, 0o600)
      unlinkSync(named)
      return file
    },
  ]
}

function isHandedOver(): boolean {
  const stat = fstatSync(STDIN)
  return stat.isFile() && stat.nlink === 0 && stat.uid === process.getuid?.()
}

function received(): Environment {
  const text = readFileSync(STDIN, 'utf8')
  closeSync(STDIN)
  openSync('/dev/null', 'r')
  return JSON.parse(text) as Environment
}

/** Files that the worker was started with are no business of the command's; Node keeps only the first of them from it. */
function closeInherited(): void {
  const folder = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd'
  for (const number of readdirSync(folder).map(Number)) {
    if (number > 2) closeQuietly(number)
  }
}

function closeQuietly(number: number): void {
  try {
    closeSync(number)
  } catch {
    // The one that listed the folder is closed already.
  }
}

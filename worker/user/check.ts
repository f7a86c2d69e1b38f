/** Looks at the machine before the first job: can the command be started, and can it only reach what it may? */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { AppError } from '#lib/errors'
import type { CommandUser } from './command-user.ts'

export interface Wanted {
  readonly user: CommandUser
  readonly workspace: string
  /** Files that the user must not be able to read. */
  readonly closed: readonly string[]
}

/** `$1` is the workspace, the rest are files; one line for each thing that was found. */
const LOOK = `
id -u
grep -s '^CapEff:' /proc/self/status
cd -- "$1" && echo reached
[ -w "$1" ] && echo writable
for file; do [ "$file" != "$1" ] && [ -r "$file" ] && echo "readable $file"; done
exit 0
`

/** Throws AppError `invalid` with a sentence for what is in the way of running the command as `user`. */
export function checkUser({ user, workspace, closed }: Wanted): void {
  const { name, uid, gid } = user
  const own = process.getuid?.()
  if (own === undefined) throw refused('needs a system with users as on Linux or macOS')
  if (uid === 0) throw refused(`must not be ${name}, who may do everything`)
  if (uid === own) throw refused(`is the user of the worker itself (${name}); it must be another one`)
  mkdirSync(workspace, { recursive: true, mode: 0o711 })
  const look = spawnSync('/bin/sh', ['-c', LOOK, 'sh', workspace, ...closed], {
    uid,
    gid,
    cwd: '/',
    env: {},
    encoding: 'utf8',
  })
  if (look.error) throw refused(`cannot be used: this worker may not change to ${name}. Start it as root`)
  const problem = problemOf(look.stdout, user, workspace)
  if (problem !== null) throw refused(problem)
}

/** Null when the look found nothing wrong. Pure. */
export function problemOf(found: string, { uid }: CommandUser, workspace: string): string | null {
  const lines = found.split('\n')
  const rights = lines.find((line) => line.startsWith('CapEff:'))
  if (lines[0] !== String(uid) || (rights !== undefined && !/^CapEff:\s*0+$/.test(rights))) {
    return `cannot be used: the command would keep rights of the worker. Start the worker as root, without ambient capabilities`
  }
  if (!lines.includes('reached')) {
    return `cannot reach WORKSPACE_DIR ${workspace}: choose one whose parent folders others may pass, such as /var/lib/coxswain`
  }
  if (lines.includes('writable'))
    return `may write into WORKSPACE_DIR ${workspace}: make it the worker's own (mode 711)`
  const readable = lines.find((line) => line.startsWith('readable '))?.slice('readable '.length)
  return readable === undefined ? null : `may read ${readable}: make it the worker's own (mode 600)`
}

function refused(what: string): AppError {
  return new AppError('invalid', `WORKER_COMMAND_USER ${what}.`)
}

/**
 * Keeps other workers of this machine from the same user for as long as this process lives: each ends all processes of its
 * user after a job. Throws AppError `invalid` when there is one already. Linux; elsewhere nothing is held.
 */
export async function holdUser({ name, uid }: CommandUser): Promise<void> {
  if (process.platform !== 'linux') return
  const server = createServer().unref()
  // An abstract address: it has no file, and goes with the process.
  server.listen(`\0coxswain-worker-user-${uid}`)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const what = `is in use: another worker on this machine runs its command as ${name}. Give each worker a user of its own`
    throw new AppError('invalid', `WORKER_COMMAND_USER ${what}.`, { cause })
  }
}

/** Ends well when one of its arguments is a program. `command -v` would find the shell's own words, such as `cd`, and folders. */
const RUNS = 'for file; do [ -f "$file" ] && [ -x "$file" ] && exit 0; done; exit 1'

/** Throws AppError `invalid` when git or the command's program cannot be found by the one who will run it. */
export function checkPrograms(program: string, path: string, user: CommandUser | null): void {
  if (process.platform === 'win32') return
  const as = user === null ? {} : { uid: user.uid, gid: user.gid }
  const runs = (name: string) => {
    const places = name.startsWith('/') ? [name] : path.split(':').map((folder) => join(folder || '.', name))
    return spawnSync('/bin/sh', ['-c', RUNS, 'sh', ...places], { ...as, cwd: '/', env: {} }).status === 0
  }
  if (!runs('git')) {
    throw new AppError(
      'invalid',
      'git is not in PATH, and nothing can be cloned without it. Install git 2.38 or newer.',
    )
  }
  // A program of the repository itself is there once it is cloned.
  if ((program.includes('/') && !program.startsWith('/')) || runs(program)) return
  const whose = user === null ? '' : ` by ${user.name}`
  const where = program.startsWith('/') ? 'at that place' : `in PATH (${path})`
  throw new AppError(
    'invalid',
    `WORKER_COMMAND names ${program}, which cannot be run${whose}: it is not ${where}, or is not executable. Install it, or set WORKER_COMMAND or PATH; words of a shell, such as cd or &&, belong into a script.`,
  )
}

/**
 * Who owns the command's clone and works in it: the worker's own user, or the command's. In the latter case nothing of the
 * clone is executed or followed as the worker once the command has had it: git runs there as the command's user, and the
 * folders beside it (mirror, kept result, journal) stay the worker's, closed to that user.
 */
import { execFile } from 'node:child_process'
import { chmod, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Git } from '../git.ts'
import type { Place } from '../names.ts'
import { endStrays } from '../strays.ts'
import type { CommandUser } from './command-user.ts'
import { endProcessesOf } from './processes.ts'

const run = promisify(execFile)

export interface CloneOwner {
  /** For calls in the clone once the command has had it; never with the token. */
  readonly git: Git
  /** Options of a `git fetch` from the clone. */
  readonly fetching: readonly string[]
  /** Owner of the files in the clone; null when it is not to be checked. */
  readonly uid: number | null
  /** The folder is new and nothing of the command runs: gives the clone away, closes what is beside it. */
  handOverClone(place: Place): Promise<void>
  /** The same for the files that tell the command about its job. */
  handOverJob(place: Place): Promise<void>
  /** Ends what is left of the command; how many processes it was. */
  endProcesses(place: Place): Promise<number>
}

/** The command runs as the worker's own user. */
export function sameOwner(git: Git): CloneOwner {
  return {
    git,
    fetching: [],
    uid: null,
    handOverClone: async () => undefined,
    handOverJob: async () => undefined,
    endProcesses: (place) => endStrays(place.issueFile),
  }
}

const SERVE = fileURLToPath(new URL('./as-user.ts', import.meta.url))

/** Others may pass through to a folder whose name they know, and not look around. */
const PASSABLE = 0o711

/** `git` runs as `user`. */
export function otherOwner(git: Git, user: CommandUser): CloneOwner {
  const { uid, gid } = user
  const give = (path: string) => run('chown', ['-R', '-h', `${uid}:${gid}`, '--', path])
  const quoted = [process.execPath, ...process.execArgv, SERVE].map((word) => `'${word.replaceAll("'", "'\\''")}'`)
  return {
    git,
    fetching: [`--upload-pack=${[...quoted, uid, gid].join(' ')}`],
    uid,
    async handOverClone(place) {
      const repository = dirname(place.folder)
      for (const folder of [dirname(repository), repository, place.folder]) await chmod(folder, PASSABLE)
      await give(place.tree)
      await chmod(place.tree, 0o700)
    },
    async handOverJob({ job, home }) {
      if (user.home === null) await mkdir(home, { recursive: true, mode: 0o700 })
      await give(job)
    },
    endProcesses: () => endProcessesOf(user),
  }
}

/** What the command is told about its user. */
export function environmentOf({ name, home }: CommandUser, place: Place): Record<string, string> {
  return { USER: name, LOGNAME: name, HOME: home ?? place.home }
}

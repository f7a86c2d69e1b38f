/** The user that the command runs as, when it is not the worker's own. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { AppError } from '#lib/errors'

export interface CommandUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Null for a number that the user database does not know: each job has a home of its own then. */
  readonly home: string | null
}

/** Finds `named`, a name or a number, in the user database. Throws AppError `invalid` for a name that is not in it. */
export function findUser(named: string, entries: (named: string) => string = entriesFor): CommandUser {
  const found = entries(named).split('\n').map(parseEntry)
  const user = found.find((each) => each !== null && (each.name === named || String(each.uid) === named))
  if (user) return user
  if (!/^\d+$/.test(named)) {
    throw new AppError('invalid', `WORKER_COMMAND_USER names ${named}, and this machine has no such user.`)
  }
  const uid = Number(named)
  return { name: named, uid, gid: uid, home: null }
}

/** Reads `name:password:uid:gid:comment:home:shell`. */
function parseEntry(line: string): CommandUser | null {
  const [name = '', , uid, gid, , home = ''] = line.split(':')
  if (name === '' || !/^\d{1,10}$/.test(uid ?? '') || !/^\d{1,10}$/.test(gid ?? '')) return null
  return { name, uid: Number(uid), gid: Number(gid), home: home === '' ? '/' : home }
}

/** From the name service where there is `getent`, else the file. */
function entriesFor(named: string): string {
  try {
    return execFileSync('getent', ['passwd', named], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return readFileSync('/etc/passwd', 'utf8')
  }
}

/** What must hold of the clone before anything is read from it: no process at work in it, no stale lock, its own `.git`. */
import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#lib/errors'
import type { Git } from '../git.ts'
import type { Place } from '../names.ts'
import { commitAt } from './gits.ts'

/** Locks that a killed git leaves behind and that the worker's own calls would stumble over. */
const LOCKS = ['index.lock', 'HEAD.lock', 'config.lock', 'packed-refs.lock', 'shallow.lock', 'MERGE_HEAD.lock']

/** Clears the locks of a command that has ended with all its processes. Throws AppError `invalid` when `.git` is not the one that was cloned. */
export async function regainTree(tree: Git, place: Place, start: string): Promise<void> {
  const folder = join(place.tree, '.git')
  const found = await lstat(folder).catch(() => null)
  if (!found?.isDirectory()) throw replaced()
  for (const lock of [...LOCKS.map((name) => join(folder, name)), ...(await locksOfRefs(folder))]) {
    // A folder in the place of a lock is nothing that git leaves behind; git says so when it meets it.
    if ((await lstat(lock).catch(() => null))?.isDirectory() === false) await rm(lock, { force: true })
  }
  const known = await commitAt(tree, start).catch(() => null)
  if (known === null) throw replaced()
}

/** A link leads out of the clone, to locks that are not its own; git would follow it as well, and read all that is there. */
async function locksOfRefs(folder: string): Promise<string[]> {
  const refs = join(folder, 'refs')
  if (!(await lstat(refs).catch(() => null))?.isDirectory()) throw replaced()
  const locks: string[] = []
  const folders = [refs]
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const path = join(next, entry.name)
      if (entry.isSymbolicLink()) throw replaced()
      if (entry.isDirectory()) folders.push(path)
      else if (entry.name.endsWith('.lock')) locks.push(path)
    }
  }
  return locks
}

function replaced(): AppError {
  const what = 'The command removed or replaced the .git folder of its clone; its work cannot be told from the rest.'
  return new AppError('invalid', `${what} Nothing was pushed.`)
}

/** A full disk, a time-out and a stop are the machine's; anything else that Git refuses in a clone is the clone's. */
const OF_THE_MACHINE = /No space left|Disk quota|Cannot allocate memory|Input\/output error|no explanation/i

/** Runs `task`; what Git refuses in the command's clone is thrown as AppError `invalid`, without paths of the machine. */
export async function asTreeTrouble<T>(place: Place, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'upstream_unavailable')) throw error
    if (OF_THE_MACHINE.test(error.message)) throw error
    const message = error.message.replaceAll(`${place.tree}/`, '').replaceAll(place.tree, '.')
    throw new AppError('invalid', `The command left a clone that Git cannot work with: ${message}`, { cause: error })
  }
}

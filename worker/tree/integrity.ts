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
  for (const lock of [...LOCKS, ...(await locksOfRefs(folder))]) await rm(join(folder, lock), { force: true })
  const known = await commitAt(tree, start).catch(() => null)
  if (known === null) throw replaced()
}

/** A link in the place of the folder leads out of the clone, to locks that are not its own. */
async function locksOfRefs(folder: string): Promise<string[]> {
  const refs = await lstat(join(folder, 'refs')).catch(() => null)
  if (!refs?.isDirectory()) throw replaced()
  const names = await readdir(join(folder, 'refs'), { recursive: true }).catch((): string[] => [])
  return names.filter((name) => name.endsWith('.lock')).map((name) => join('refs', name))
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

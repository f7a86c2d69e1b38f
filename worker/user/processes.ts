/** Ends all that runs as the command's user. That user is for one worker's command alone, so all of it is of the last job. */
import { execFile, execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import type { CommandUser } from './command-user.ts'

/** Signals every process of the user at once, but for itself: nothing can be started between two looks. */
const END_ALL = ['-c', 'kill -9 -1']

const options = ({ uid, gid }: CommandUser) => ({ uid, gid, cwd: '/', env: {}, timeout: 10_000 })

/** How many there were, where the system tells (Linux). */
export async function endProcessesOf(user: CommandUser): Promise<number> {
  const count = await countOf(user)
  await new Promise<void>((resolve) => {
    // Exits with a failure when there was nothing to end.
    execFile('/bin/sh', END_ALL, options(user), () => resolve())
  })
  return count
}

/** The same for the end of the worker's own process. */
export function endProcessesNow(user: CommandUser): void {
  try {
    execFileSync('/bin/sh', END_ALL, { ...options(user), stdio: 'ignore' })
  } catch {
    // There was nothing to end.
  }
}

async function countOf({ uid }: CommandUser): Promise<number> {
  const names = await readdir('/proc').catch((): string[] => [])
  const texts = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => readFile(`/proc/${name}/status`, 'utf8').catch(() => '')),
  )
  return texts.filter((text) => /^Uid:\t(\d+)/m.exec(text)?.[1] === String(uid) && !/^State:\tZ/m.test(text)).length
}

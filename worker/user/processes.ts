/** Ends all that runs as the command's user. That user is for one worker's command alone, so all of it is of the last job. */
import { execFile, spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { AppError } from '#lib/errors'
import type { CommandUser } from './command-user.ts'

/** Signals every process of the user at once, but for itself: nothing can be started between two looks. */
const END_ALL = ['-c', 'kill -9 -1']

/** Tries to end processes that defend themselves, or that the system cannot end at once. */
const MOST_TRIES = 60

const options = ({ uid, gid }: CommandUser) => ({ uid, gid, cwd: '/', env: {}, timeout: 2000 })

/**
 * How many there were, where the system tells (Linux). A process of the user may be quicker than the one that signals all of
 * them, and end or hold that one; it cannot do so to the worker, which then ends by number what it sees, and tries again.
 * Throws AppError `internal`, a fault of the machine, when some are still there: nothing may be done beside them.
 */
export async function endProcessesOf(user: CommandUser): Promise<number> {
  const { length: count } = await processesOf(user)
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const wasUndisturbed = await signalAll(user)
    const left = await processesOf(user)
    if (wasUndisturbed && left.length === 0) return count
    for (const pid of left) endOne(pid)
  }
  const what = `Processes of ${user.name}, the user of WORKER_COMMAND_USER, cannot be ended`
  throw new AppError('internal', `${what}; end them (pkill -KILL -u ${user.uid}), or restart the machine.`, {
    details: { fault: 'machine' },
  })
}

/** The same for the end of the worker's own process. */
export function endProcessesNow(user: CommandUser): void {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    if (spawnSync('/bin/sh', END_ALL, { ...options(user), stdio: 'ignore' }).status !== null) return
  }
}

/** True when the signal was sent, or there was nothing to send it to; false for a sender that was ended, or never began. */
function signalAll(user: CommandUser): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('/bin/sh', END_ALL, options(user), (error) => resolve(!error || typeof error.code === 'number'))
  })
}

function endOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** Numbers of the living processes that any of the user's rights belong to; none where the system does not tell. */
async function processesOf({ uid }: CommandUser): Promise<readonly number[]> {
  const names = (await readdir('/proc').catch((): string[] => [])).filter((name) => /^\d+$/.test(name))
  const texts = await Promise.all(names.map((name) => readFile(`/proc/${name}/status`, 'utf8').catch(() => '')))
  return names.filter((_, at) => isOf(uid, texts[at] ?? '')).map(Number)
}

function isOf(uid: number, status: string): boolean {
  const uids = /^Uid:\t(.*)$/m.exec(status)?.[1]?.split('\t') ?? []
  return uids.includes(String(uid)) && !/^State:\t[ZX]/m.test(status)
}

/**
 * Ends processes of a job that escaped the end of their command: left behind by a worker that was killed, or gone off into a
 * process group of their own. They are known by the issue file named in their environment. Linux only; elsewhere none is found.
 */
import { readdir, readFile } from 'node:fs/promises'

/** Kills every process that was started with `ISSUE_FILE=<issueFile>`; how many there were. */
export async function endStrays(issueFile: string): Promise<number> {
  const entries = await readdir('/proc').catch((): string[] => [])
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number)
  const ours = await Promise.all(pids.map((pid) => wasGiven(pid, issueFile)))
  const strays = pids.filter((_, index) => ours[index])
  for (const pid of strays) kill(pid)
  return strays.length
}

/** A process of another user cannot be read, and is none of ours. */
async function wasGiven(pid: number, issueFile: string): Promise<boolean> {
  const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  return `\0${environ}`.includes(`\0ISSUE_FILE=${issueFile}\0`)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

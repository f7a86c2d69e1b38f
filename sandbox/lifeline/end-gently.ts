/** Ends the process group that this process leads: asks it once, and kills what is left after a while. */

/** What a program may take to put things in order. */
const GRACE_MS = 10_000

let isEnding = false

/** Sends SIGTERM, once however often it is called: a second one would end a worker before it gave its job back. */
export function endGently(): void {
  if (isEnding) return
  isEnding = true
  setTimeout(() => signal('SIGKILL'), GRACE_MS).unref()
  signal('SIGTERM')
}

function signal(name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-process.pid, name)
  } catch {
    process.kill(process.pid, name)
  }
}
